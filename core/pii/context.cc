#include <algorithm>
#include <array>

#include "core/pii/context_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kLeftBytes = 64;
constexpr size_t kRightBytes = 24;
constexpr size_t kMostWordBytes = 24;

constexpr auto kCounterList = std::to_array<std::string_view>(
    {"order", "orders",    "invoice", "part",     "sku",   "catalog", "ticket",
     "po",    "model",     "item",    "serial",   "isbn",  "issn",    "id",
     "ids",   "offset",    "version", "page",     "pages", "size",    "bytes",
     "count", "line",      "lines",   "tracking", "case",  "commit",  "revision",
     "seed",  "timestamp", "time",    "epoch",    "doi"});

bool Matches(std::string_view word, std::string_view entry, bool in_name) {
  if (entry.front() == '=') return !in_name && word == entry.substr(1);
  if (entry.back() != '*') return word == entry;
  return word.starts_with(entry.substr(0, entry.size() - 1));
}

// Whether the letters of [begin, end) are a part of a name, or the name of a function.
bool IsInName(std::string_view text, size_t begin, size_t end) {
  return (begin > 0 && IsWord(text[begin - 1])) ||
         (end < text.size() && (IsWord(text[end]) || text[end] == '('));
}

// Whether the letters of [begin, end) are in a tag that redaction has written.
bool InTag(std::string_view text, size_t begin, size_t end) {
  if (!Is(text[begin], kUpperByte) || !Is(text[end - 1], kUpperByte)) return false;
  while (begin > 0 && (Is(text[begin - 1], kUpperByte) || text[begin - 1] == '_')) --begin;
  return begin > 0 && text[begin - 1] == '<';
}

}  // namespace

const Words kCounterWords = kCounterList;

size_t LastWord(std::string_view text, Words words) {
  size_t last = 0;
  for (size_t begin = 0; begin < text.size();) {
    if (!Is(text[begin], kLetterByte | kOtherByte)) {
      ++begin;
      continue;
    }
    std::array<char, kMostWordBytes> lower;
    size_t end = begin;
    for (; end < text.size() && Is(text[end], kLetterByte | kOtherByte); ++end) {
      if (end > begin && Is(text[end], kUpperByte) && Is(text[end - 1], kLowerByte)) break;
      if (end - begin < kMostWordBytes) lower[end - begin] = Lower(text[end]);
    }
    const std::string_view word(lower.data(), std::min(end - begin, kMostWordBytes));
    const bool in_name = IsInName(text, begin, end);
    const bool listed =
        std::ranges::any_of(words, [&](auto entry) { return Matches(word, entry, in_name); });
    if (listed && !InTag(text, begin, end)) last = end;
    begin = end;
  }
  return last;
}

std::string_view LeftContext(const Scan& scan, size_t begin) {
  const size_t least = begin > kLeftBytes ? begin - kLeftBytes : 0;
  bool name_before = false, comma_before = false;
  size_t i = begin;
  for (; i > least; --i) {
    const char c = scan.text[i - 1];
    if (IsOneOf(c, "\n{};\t|") || (c == ',' && name_before)) break;
    if (c == ',') comma_before = true;
    if (IsOneOf(c, ":=") && !comma_before) name_before = true;
  }
  return scan.text.substr(i, begin - i);
}

std::string_view RightContext(const Scan& scan, size_t end) {
  const std::string_view right = scan.text.substr(end, kRightBytes);
  return right.substr(0, right.find('\n'));
}

bool IsCalled(Scan& scan, size_t begin, Words words, Words others) {
  const std::string_view left = LeftContext(scan, begin);
  const size_t word = LastWord(left, words);
  if (word > 0) return word > LastWord(left, others);
  return LastWord(scan.columns.NameAt(begin), words) > 0;
}

}  // namespace tideway::pii::internal
