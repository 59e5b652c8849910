// The encodings that are told by statistics, and the tables of those with a byte for a character.
// Conversion is the C library's; see core/base/encoding.h. Threads: all is pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tideway::text::internal {

struct CodePage {
  const char* name;       // as Python calls it
  const char* languages;  // that it was made for (language_cost_internal.h)
  int64_t rarity;         // what it costs to assume it, in units of cost
  bool single_byte;
};

std::span<const CodePage> CodePages();

// Characters by byte.
class ByteTable {
 public:
  static constexpr char32_t kNone = 0xFFFFFFFF;

  explicit ByteTable(std::string_view encoding);
  // kNone where the page has nothing, or a C1 control.
  char32_t operator[](uint8_t byte) const { return characters_[byte]; }
  // The bytes of `text`, or nothing when it has a character that the page has not. With `sloppy` a
  // byte without a character is the C1 control of its number, as browsers read windows-1252.
  std::optional<std::string> Encode(std::u32string_view text, bool sloppy) const;

 private:
  std::array<char32_t, 256> characters_;
};

const ByteTable& TableOf(const CodePage& page);

}  // namespace tideway::text::internal
