#include "core/tokens/invalid_utf8.h"

#include <cstdint>

namespace tideway::tokens {
namespace {

struct Start {
  size_t size = 1;  // bytes of a character, or of the longest start of one
  bool whole = false;
};

// The bytes that a lead byte announces; 1 for one that is no lead.
size_t AnnouncedSize(uint8_t lead) {
  if (lead < 0xC2 || lead > 0xF4) return 1;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

// The second byte is bounded by the first: no longer form than needed, no surrogates, nothing
// beyond U+10FFFF (Unicode 15, table 3-7).
bool Follows(uint8_t lead, size_t place, uint8_t byte) {
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (place == 1 && lead == 0xE0) low = 0xA0;
  if (place == 1 && lead == 0xED) high = 0x9F;
  if (place == 1 && lead == 0xF0) low = 0x90;
  if (place == 1 && lead == 0xF4) high = 0x8F;
  return byte >= low && byte <= high;
}

Start StartAt(std::string_view bytes, size_t begin) {
  const auto lead = static_cast<uint8_t>(bytes[begin]);
  const size_t announced = AnnouncedSize(lead);
  size_t size = 1;
  while (size < announced && begin + size < bytes.size() &&
         Follows(lead, size, static_cast<uint8_t>(bytes[begin + size]))) {
    ++size;
  }
  return {size, size == announced && (lead < 0x80 || announced > 1)};
}

}  // namespace

size_t FirstInvalid(std::string_view bytes) {
  size_t begin = 0;
  while (begin < bytes.size()) {
    const Start start = StartAt(bytes, begin);
    if (!start.whole) break;
    begin += start.size;
  }
  return begin;
}

std::string ReplaceInvalidUtf8(std::string_view bytes) {
  std::string text;
  for (size_t begin = 0; begin < bytes.size();) {
    const Start start = StartAt(bytes, begin);
    text.append(start.whole ? bytes.substr(begin, start.size) : "\uFFFD");
    begin += start.size;
  }
  return text;
}

}  // namespace tideway::tokens
