#include "core/tokens/lower_case.h"

#include <unicode/uchar.h>

#include <cstdint>

#include "core/tokens/utf8_step.h"

namespace tideway::tokens {
namespace {

struct Offset {
  uint32_t first;
  uint32_t last;
  int32_t offset;
};

// Letters since Unicode 15, ICU's version.
constexpr Offset kNewer[] = {{0x1C89, 0x1C89, 1},      {0xA7CB, 0xA7CB, 0x264 - 0xA7CB},
                             {0xA7CC, 0xA7CC, 1},      {0xA7CE, 0xA7CE, 1},
                             {0xA7D2, 0xA7D2, 1},      {0xA7D4, 0xA7D4, 1},
                             {0xA7DA, 0xA7DA, 1},      {0xA7DC, 0xA7DC, 0x19B - 0xA7DC},
                             {0x10D50, 0x10D65, 0x20}, {0x16EA0, 0x16EB8, 0x1B}};

constexpr uint32_t kDottedI = 0x130;

uint32_t LowerOf(uint32_t code) {
  for (const Offset& range : kNewer) {
    if (code >= range.first && code <= range.last) {
      return static_cast<uint32_t>(static_cast<int32_t>(code) + range.offset);
    }
  }
  return static_cast<uint32_t>(u_tolower(static_cast<UChar32>(code)));
}

}  // namespace

void LowerCase(std::string& text) {
  std::string lower;
  lower.reserve(text.size());
  for (const char* p = text.data(); p < text.data() + text.size();) {
    const Utf8Char c = Utf8At(p);
    p += c.size;
    if (c.code < 0x80) {
      lower += c.code >= 'A' && c.code <= 'Z' ? static_cast<char>(c.code | 0x20)
                                              : static_cast<char>(c.code);
    } else if (c.code == kDottedI) {
      lower += "i\u0307";
    } else {
      AppendUtf8(LowerOf(c.code), lower);
    }
  }
  text.swap(lower);
}

}  // namespace tideway::tokens
