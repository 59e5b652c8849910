#include "core/quality/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace tideway::quality {
namespace {

enum class Kind { kSpace, kWord, kSymbol };

constexpr uint32_t kLetters = U_GC_L_MASK;
constexpr uint32_t kOfWords = U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK;

Kind KindOf(UChar32 c) {
  if (c < 0) return Kind::kSymbol;
  if (c == '_' || (U_GET_GC_MASK(c) & kOfWords) != 0) return Kind::kWord;
  return u_isUWhiteSpace(c) ? Kind::kSpace : Kind::kSymbol;
}

// The character at `at`, which moves behind it; less than nothing for a byte that is none.
UChar32 Next(std::string_view text, int32_t& at) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  const int32_t begin = at;
  UChar32 c = 0;
  U8_NEXT(bytes, at, size, c);
  if (c < 0) at = begin + 1;
  return c;
}

UChar32 Last(std::string_view text, int32_t& at) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  UChar32 c = 0;
  U8_PREV(bytes, 0, at, c);
  return c;
}

}  // namespace

std::vector<Word> SplitWords(std::string_view text) {
  std::vector<Word> words;
  Kind last = Kind::kSpace;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) {
    const int32_t begin = at;
    const UChar32 c = Next(text, at);
    const Kind kind = KindOf(c);
    if (kind != Kind::kSpace) {
      if (kind != last) {
        words.push_back({.text = text.substr(static_cast<size_t>(begin), 0)});
        words.back().is_symbol = kind == Kind::kSymbol;
      }
      Word& word = words.back();
      word.text = {word.text.data(), word.text.size() + static_cast<size_t>(at - begin)};
      ++word.characters;
      word.has_letter = word.has_letter || (c >= 0 && (U_GET_GC_MASK(c) & kLetters) != 0);
    }
    last = kind;
  }
  return words;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0;;) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    if (end == text.npos) return lines;
    at = end + 1;
  }
}

int64_t CountCharacters(std::string_view text) {
  int64_t count = 0;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size()); ++count) Next(text, at);
  return count;
}

std::string_view StripLeft(std::string_view text) {
  int32_t begin = 0;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size()); begin = at) {
    if (KindOf(Next(text, at)) != Kind::kSpace) break;
  }
  return text.substr(static_cast<size_t>(begin));
}

std::string_view Strip(std::string_view text) {
  text = StripLeft(text);
  auto end = static_cast<int32_t>(text.size());
  for (int32_t at = end; at > 0; end = at) {
    if (KindOf(Last(text, at)) != Kind::kSpace) break;
  }
  return text.substr(0, static_cast<size_t>(end));
}

bool EndsSentence(std::string_view line) {
  if (line.empty()) return false;
  auto at = static_cast<int32_t>(line.size());
  const UChar32 c = Last(line, at);
  return c >= 0 && u_hasBinaryProperty(c, UCHAR_S_TERM);
}

int64_t CountOf(std::string_view text, std::string_view part) {
  int64_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace tideway::quality
