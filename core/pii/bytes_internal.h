// Classes of bytes, by one table. Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tideway::pii::internal {

enum ByteClass : uint8_t {
  kDigitByte = 1,
  kUpperByte = 2,
  kLowerByte = 4,
  kHexByte = 8,
  kSpaceByte = 16,  // not \n
  kQuoteByte = 32,  // " ' `
  kOtherByte = 64,  // of a character beyond ASCII
  kLetterByte = kUpperByte | kLowerByte,
  kAlnumByte = kDigitByte | kLetterByte,
};

inline constexpr std::array<uint8_t, 256> kByteClasses = [] {
  std::array<uint8_t, 256> table{};
  for (size_t c = '0'; c <= '9'; ++c) table[c] = kDigitByte | kHexByte;
  for (size_t c = 'A'; c <= 'Z'; ++c) table[c] = kUpperByte;
  for (size_t c = 'a'; c <= 'z'; ++c) table[c] = kLowerByte;
  for (size_t c = 0; c < 6; ++c) table['A' + c] |= kHexByte, table['a' + c] |= kHexByte;
  for (size_t c : {' ', '\t', '\r', '\v', '\f'}) table[c] = kSpaceByte;
  for (size_t c : {'"', '\'', '`'}) table[c] = kQuoteByte;
  for (size_t c = 128; c < 256; ++c) table[c] = kOtherByte;
  return table;
}();

inline bool Is(char c, int classes) {
  return (kByteClasses[static_cast<uint8_t>(c)] & classes) != 0;
}
inline bool IsDigit(char c) { return Is(c, kDigitByte); }
inline bool IsAlnum(char c) { return Is(c, kAlnumByte); }
inline bool IsWord(char c) { return IsAlnum(c) || c == '_'; }
inline bool IsBase64Url(char c) { return IsAlnum(c) || c == '_' || c == '-'; }
inline char Lower(char c) { return Is(c, kUpperByte) ? static_cast<char>(c + 32) : c; }
inline bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

}  // namespace tideway::pii::internal
