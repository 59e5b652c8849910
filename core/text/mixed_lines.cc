#include <simdjson.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/text/code_points_internal.h"
#include "core/text/detect.h"
#include "core/text/mixed_lines_internal.h"

namespace tideway::text::internal {
namespace {

// Calls `visit` with each line and its end, until it returns false.
template <typename Visit>
bool ForEachLine(std::string_view bytes, const Visit& visit) {
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    if (!visit(line)) return false;
    bytes.remove_prefix(line.size());
  }
  return true;
}

bool IsUtf8Line(std::string_view line) { return simdjson::validate_utf8(line.data(), line.size()); }

bool HasUtf8Character(std::string_view line) {
  for (size_t i = FirstBeyondAscii(line); i < line.size();) {
    const size_t length = CharacterLength(line.substr(i));
    if (length > 1) return true;
    i += std::max<size_t>(length, 1);
  }
  return false;
}

}  // namespace

std::optional<MixedText> DecodeMixedLines(std::string_view bytes) {
  std::string others;
  const bool apart = ForEachLine(bytes, [&](std::string_view line) {
    if (IsUtf8Line(line)) return true;
    others += line;
    return !HasUtf8Character(line);
  });
  if (!apart) return std::nullopt;
  MixedText mixed;
  mixed.encoding = Detect(others).encoding;
  if (mixed.encoding.empty()) return std::nullopt;
  const bool decoded = ForEachLine(bytes, [&](std::string_view line) {
    if (IsUtf8Line(line)) {
      mixed.text += line;
      return true;
    }
    const auto text = DecodeBytes(line, mixed.encoding, /*replace=*/false);
    if (text.ok()) mixed.text += text->text;
    return text.ok();
  });
  if (!decoded) return std::nullopt;
  return mixed;
}

}  // namespace tideway::text::internal
