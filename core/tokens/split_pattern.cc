#include "core/tokens/split_pattern.h"

#include <array>
#include <cstdint>

#include "core/tokens/char_class.h"

namespace tideway::tokens {
namespace {

// The character at `p`, where there is one.
inline CharStep At(const char* p, const char* end) { return p < end ? StepAt(p) : CharStep{0, 0}; }

// The end of the characters from `p` on that have one of `classes`, or have none of them.
inline const char* SkipAll(const char* p, const char* end, uint32_t classes) {
  while (p < end) {
    const CharStep c = StepAt(p);
    if (!(c.classes & classes)) break;
    p += c.size;
  }
  return p;
}
inline const char* SkipOthers(const char* p, const char* end, uint32_t classes) {
  while (p < end) {
    const CharStep c = StepAt(p);
    if (c.classes & classes) break;
    p += c.size;
  }
  return p;
}

inline bool IsNewline(char c) { return c == '\r' || c == '\n'; }
inline const char* SkipNewlines(const char* p, const char* end) {
  while (p < end && IsNewline(*p)) ++p;
  return p;
}
inline const char* SkipNewlinesAndSlashes(const char* p, const char* end) {
  while (p < end && (IsNewline(*p) || *p == '/')) ++p;
  return p;
}

// \s+(?!\S)|\s+ : white space but for its last character, where more follows it.
inline const char* MatchSpaces(const char* p, const char* end) {
  const char* after = SkipAll(p, end, kSpace);
  if (after == end || after == p) return after == p ? nullptr : after;
  const char* last = Utf8Before(after);
  return last == p ? after : last;
}

// \s*[\r\n]+|\s+(?!\S)|\s+ : up to the last newline in white space, if there is one.
inline const char* MatchLines(const char* p, const char* end) {
  const char* after = SkipAll(p, end, kSpace);
  for (const char* last = after; last > p; --last) {
    if (IsNewline(last[-1])) return last;
  }
  return MatchSpaces(p, end);
}

// 's|'t|'re|'ve|'m|'ll|'d at an apostrophe.
const char* MatchContraction(const char* p, const char* end) {
  if (end - p < 2) return nullptr;
  if (p[1] == 's' || p[1] == 't' || p[1] == 'm' || p[1] == 'd') return p + 2;
  if (end - p < 3) return nullptr;
  const bool two =
      (p[1] == 'r' && p[2] == 'e') || (p[1] == 'v' && p[2] == 'e') || (p[1] == 'l' && p[2] == 'l');
  return two ? p + 3 : nullptr;
}

// The same whatever the case, so that a long s is an s.
const char* MatchAnyContraction(const char* p, const char* end) {
  if (p == end || *p != '\'') return nullptr;
  const auto lower = [&](int i) { return end - p > i ? static_cast<char>(p[i] | 0x20) : '\0'; };
  const char letters[] = {'\'', lower(1), lower(2)};
  if (const char* after = MatchContraction(letters, letters + 3)) return p + (after - letters);
  return end - p >= 3 && p[1] == '\xC5' && p[2] == '\xBF' ? p + 3 : nullptr;
}

inline const char* MatchNumbers(const char* p, const char* end, int most) {
  const char* after = p;
  for (int i = 0; i < most; ++i) {
    const CharStep c = At(after, end);
    if (!(c.classes & kNumber)) break;
    after += c.size;
  }
  return after == p ? nullptr : after;
}

// [^\r\n\p{L}\p{N}]?\p{L}+ with other letters where `letters` says so.
inline const char* MatchLetters(const char* p, const char* end, uint32_t letters) {
  const CharStep first = At(p, end);
  const bool prefix = !(first.classes & (kLetter | kNumber)) && !IsNewline(*p);
  if (prefix && (At(p + first.size, end).classes & letters)) {
    return SkipAll(p + first.size, end, letters);
  }
  return first.classes & letters ? SkipAll(p, end, letters) : nullptr;
}

// ` ?[^\s\p{L}\p{N}]+`
inline const char* MatchSigns(const char* p, const char* end) {
  const char* begin = *p == ' ' ? p + 1 : p;
  const char* after = SkipOthers(begin, end, kSpace | kLetter | kNumber);
  return after == begin ? nullptr : after;
}

template <int kNumbers>
const char* MatchCl100k(const char* p, const char* end) {
  if (const char* after = MatchAnyContraction(p, end)) return after;
  if (const char* after = MatchLetters(p, end, kLetter)) return after;
  if (const char* after = MatchNumbers(p, end, kNumbers)) return after;
  if (const char* after = MatchSigns(p, end)) return SkipNewlines(after, end);
  return MatchLines(p, end);
}

// [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+
const char* MatchSmallWord(const char* p, const char* end) {
  const char* after = SkipAll(p, end, kLeading);
  const char* small = SkipAll(after, end, kTrailing);
  if (small != after) return small;
  while (after > p) {
    const char* before = Utf8Before(after);
    if (At(before, end).classes & kTrailing) return after;
    after = before;
  }
  return nullptr;
}

// [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*
const char* MatchLargeWord(const char* p, const char* end) {
  const char* after = SkipAll(p, end, kLeading);
  return after == p ? nullptr : SkipAll(after, end, kTrailing);
}

const char* MatchO200kWord(const char* p, const char* end) {
  const CharStep first = At(p, end);
  const bool prefix = !(first.classes & (kLetter | kNumber)) && !IsNewline(*p);
  for (const auto match : {MatchSmallWord, MatchLargeWord}) {
    const char* after = prefix ? match(p + first.size, end) : nullptr;
    if (after == nullptr) after = match(p, end);
    if (after == nullptr) continue;
    const char* contraction = MatchAnyContraction(after, end);
    return contraction == nullptr ? after : contraction;
  }
  return nullptr;
}

const char* MatchO200k(const char* p, const char* end) {
  if (const char* after = MatchO200kWord(p, end)) return after;
  if (const char* after = MatchNumbers(p, end, 3)) return after;
  if (const char* after = MatchSigns(p, end)) return SkipNewlinesAndSlashes(after, end);
  return MatchLines(p, end);
}

template <int kNumbers>
const char* MatchNumberRun(const char* p, const char* end) {
  return MatchNumbers(p, end, kNumbers);
}

const char* MatchAllNumbers(const char* p, const char* end) {
  const char* after = SkipAll(p, end, kNumber);
  return after == p ? nullptr : after;
}

const char* MatchAllSpaces(const char* p, const char* end) {
  const char* after = SkipAll(p, end, kSpace);
  return after == p ? nullptr : after;
}

// [一-龥぀-ゟ゠-ヿ]+
const char* MatchHanAndKana(const char* p, const char* end) {
  const char* after = p;
  while (after < end) {
    const Utf8Char c = Utf8At(after);
    if (!((c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x3040 && c.code <= 0x30FF))) break;
    after += c.size;
  }
  return after == p ? nullptr : after;
}

inline bool IsAsciiLetter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
inline bool IsAsciiSign(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

const char* MatchDeepSeek(const char* p, const char* end) {
  if (IsAsciiSign(*p) && end - p > 1 && IsAsciiLetter(p[1])) {
    const char* after = p + 1;
    while (after < end && IsAsciiLetter(*after)) ++after;
    return after;
  }
  const CharStep first = At(p, end);
  const bool prefix = !(first.classes & (kLetter | kSign)) && !IsNewline(*p);
  constexpr uint32_t kLetters = kLetter | kMark;
  if (prefix && (At(p + first.size, end).classes & kLetters)) {
    return SkipAll(p + first.size, end, kLetters);
  }
  if (first.classes & kLetters) return SkipAll(p, end, kLetters);
  const char* begin = *p == ' ' ? p + 1 : p;
  const char* after = SkipAll(begin, end, kSign);
  if (after != begin) return SkipNewlines(after, end);
  return MatchLines(p, end);
}

struct Pattern {
  std::string_view text;
  Matcher match;
};

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

constexpr std::array kPatterns = {
    Pattern{kGpt2, MatchGpt2},
    Pattern{R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
            MatchGpt2},
    // cl100k, of GPT-4 and Llama 3
    Pattern{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
            R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
            MatchCl100k<3>},
    Pattern{R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}|)"
            R"( ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)",
            MatchCl100k<3>},
    // Qwen 2 and 3
    Pattern{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
            R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
            MatchCl100k<1>},
    // o200k, of GPT-4o and Llama 4
    Pattern{R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
            R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
            R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
            R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
            R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
            MatchO200k},
    // DeepSeek 3, with the two before it
    Pattern{R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|)"
            R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|)"
            R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
            MatchDeepSeek},
    Pattern{"[一-龥぀-ゟ゠-ヿ]+", MatchHanAndKana},
    Pattern{R"(\p{N}{1,3})", MatchNumberRun<3>},
    Pattern{R"(\p{N})", MatchNumberRun<1>},
    Pattern{R"(\p{N}+)", MatchAllNumbers},
    Pattern{R"(\s+)", MatchAllSpaces},
};

}  // namespace

const char* MatchGpt2(const char* p, const char* end) {
  if (*p == '\'') {
    if (const char* after = MatchContraction(p, end)) return after;
  }
  const char* begin = *p == ' ' ? p + 1 : p;
  const uint32_t classes = At(begin, end).classes;
  if (begin < end && !(classes & kSpace)) {
    if (classes & kLetter) return SkipAll(begin, end, kLetter);
    if (classes & kNumber) return SkipAll(begin, end, kNumber);
    return SkipOthers(begin, end, kSpace | kLetter | kNumber);
  }
  return MatchSpaces(p, end);
}

Matcher FindPattern(std::string_view pattern) {
  for (const Pattern& known : kPatterns) {
    if (known.text == pattern) return known.match;
  }
  return nullptr;
}

std::string KnownPatterns() {
  return R"(those of GPT-2, GPT-4, GPT-4o, Llama 3 and 4, Qwen 2 and 3, DeepSeek 3, \p{N}, )"
         R"(\p{N}+, \p{N}{1,3} and \s+)";
}

}  // namespace tideway::tokens
