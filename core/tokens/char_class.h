// What characters are, as the parts of the tokenizers library see them: each part has its own
// tables there, of its own version of Unicode, and tokens are to be equal for all of them.
//
//   if (ClassOf(Utf8At(p).code) & kLetter) ...
//
// From ICU's data (Unicode 15), with what the library (0.23) sees otherwise. Threads: any; the
// table is made at its first use, within some milliseconds.
#pragma once

#include <array>
#include <cstdint>

#include "core/tokens/utf8_step.h"

namespace tideway::tokens {

enum CharClass : uint16_t {
  kLetter = 1 << 0,       // \p{L} of regular expressions
  kNumber = 1 << 1,       // \p{N}
  kSpace = 1 << 2,        // \s; white space everywhere
  kMark = 1 << 3,         // \p{M}
  kLeading = 1 << 4,      // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
  kTrailing = 1 << 5,     // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
  kSign = 1 << 6,         // [\p{P}\p{S}]
  kWord = 1 << 7,         // \w of Whitespace and of single_word
  kNumeric = 1 << 8,      // of Digits
  kPunctuation = 1 << 9,  // of Punctuation and BertPreTokenizer
  kControl = 1 << 10,     // what BertNormalizer's clean_text removes
  kNonspacing = 1 << 11,  // what its strip_accents removes
  kCombining = 1 << 12,   // what StripAccents removes
  kIdeograph = 1 << 13,   // what handle_chinese_chars sets apart
};

inline constexpr uint32_t kCodes = 0x110000;
// By code.
const std::array<uint16_t, kCodes>& CharClasses();

// Of the characters that most text is made of, known at once.
inline constexpr std::array<uint16_t, 128> kAsciiClasses = [] {
  std::array<uint16_t, 128> classes{};
  for (uint32_t c = 0; c < 128; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    const bool digit = c >= '0' && c <= '9';
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    uint32_t all = 0;
    if (upper) all = kLetter | kLeading | kWord;
    if (lower) all = kLetter | kTrailing | kWord;
    if (digit) all = kNumber | kNumeric | kWord;
    if (space) all = kSpace;
    if ((c < ' ' || c == 0x7F) && c != '\t' && c != '\n' && c != '\r') all |= kControl;
    if (c > ' ' && c < 0x7F && !upper && !lower && !digit) all = kSign | kPunctuation;
    if (c == '_') all |= kWord;
    classes[c] = static_cast<uint16_t>(all);
  }
  return classes;
}();

// What the character at `p` is, and its bytes. REQUIRES: a whole character.
struct CharStep {
  uint32_t classes = 0;
  uint32_t size = 1;
};
inline CharStep StepAt(const char* p) {
  const auto byte = static_cast<uint8_t>(*p);
  if (byte < 0x80) return {kAsciiClasses[byte], 1};
  const Utf8Char c = Utf8At(p);
  return {CharClasses()[c.code], c.size};
}

}  // namespace tideway::tokens
