#include "core/dedup/normal_text.h"

#include "core/base/ascii.h"

namespace tideway::dedup {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string_view NormalText(std::string_view text, const NormalOptions& options,
                            std::string& buffer) {
  if (!options.any()) return text;
  buffer.clear();
  buffer.reserve(text.size());
  bool space = false;
  for (const char c : text) {
    if (options.whitespace && IsSpace(c)) {
      space = true;
      continue;
    }
    if (space && !buffer.empty()) buffer += ' ';
    space = false;
    buffer += options.letter_case ? LowerAscii(c) : c;
  }
  return buffer;
}

}  // namespace tideway::dedup
