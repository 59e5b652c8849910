#include "core/text/detect.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/base/encoding.h"
#include "core/text/code_page_internal.h"
#include "core/text/code_points_internal.h"
#include "core/text/language_cost_internal.h"

namespace tideway::text {
namespace {

using namespace internal;  // NOLINT: all is of this folder

constexpr size_t kSampleBytes = 4096;
// How much more probable the best reading must be than the next that gives another text.
constexpr int64_t kMargin = 2 * kNat;
constexpr int64_t kMarginOfLetters = 8 * kNat;
// What each byte of a word may cost on average, and all words beside that; random bytes cost more,
// words of any language less.
constexpr int64_t kByteCost = 27;
constexpr int64_t kCostOnce = 10 * kNat;
// What an ASCII sign costs that a page takes for the second byte of a character.
constexpr int64_t kSign = 3 * kNat;

using Histogram = std::array<int64_t, 256>;

Histogram Count(std::string_view bytes) {
  Histogram counts{};
  for (const char c : bytes) ++counts[static_cast<uint8_t>(c)];
  return counts;
}

bool IsText(std::string_view bytes, std::string_view encoding) {
  return DecodeBytes(bytes, encoding, /*replace=*/false).ok();
}

// marks

Detection ByMark(std::string_view bytes) {
  struct Mark {
    std::string_view bytes, encoding;
  };
  static constexpr Mark kMarks[] = {
      {"\xEF\xBB\xBF", "utf-8"},          {{"\xFF\xFE\0\0", 4}, "utf-32-le"},
      {{"\0\0\xFE\xFF", 4}, "utf-32-be"}, {"\xFF\xFE", "utf-16-le"},
      {"\xFE\xFF", "utf-16-be"},
  };
  for (const Mark& mark : kMarks) {
    if (!bytes.starts_with(mark.bytes)) continue;
    if (!IsText(bytes.substr(mark.bytes.size()), mark.encoding)) continue;
    return {.encoding = mark.encoding, .mark = mark.bytes.size()};
  }
  return {};
}

// UTF-16 and UTF-32 without a mark

bool IsPlain(char32_t c) {
  const bool control = c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
  const bool none = c == 0xFFFD || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
  return !control && !none && !(c >= 0x7F && c <= 0x9F) && !(c >= 0xE000 && c <= 0xF8FF);
}

// Whether bytes are text in an encoding of two or four bytes a unit: most of them would be plain.
bool IsPlainText(std::string_view bytes, std::string_view encoding) {
  const auto decoded = DecodeBytes(bytes, encoding, /*replace=*/false);
  if (!decoded.ok()) return false;
  const std::u32string characters = CodePoints(decoded->text);
  return std::all_of(characters.begin(), characters.end(), IsPlain);
}

Detection ByZeros(std::string_view bytes) {
  std::array<size_t, 4> zeros{};
  for (size_t i = 0; i < bytes.size(); ++i) zeros[i % 4] += bytes[i] == 0;
  const size_t units = bytes.size() / 4;
  const auto most = [&](size_t place) { return zeros[place] * 10 >= units * 9; };
  if (bytes.size() % 4 == 0) {
    const bool little = most(3) && most(2) && !most(0);
    const bool big = most(0) && most(1) && !most(3);
    if (little && IsPlainText(bytes, "utf-32-le")) return {.encoding = "utf-32-le"};
    if (big && IsPlainText(bytes, "utf-32-be")) return {.encoding = "utf-32-be"};
  }
  if (bytes.size() % 2 != 0) return {};
  // Spaces, digits and line ends have a zero where other letters have none.
  const size_t even = zeros[0] + zeros[2];
  const size_t odd = zeros[1] + zeros[3];
  const size_t most_zeros = std::max(even, odd);
  const bool clear =
      most_zeros > 1 && most_zeros * 20 >= bytes.size() / 2 && std::min(even, odd) == 0;
  if (!clear) return {};
  const std::string_view encoding = odd > even ? "utf-16-le" : "utf-16-be";
  return IsPlainText(bytes, encoding) ? Detection{.encoding = encoding} : Detection{};
}

// UTF-8 that is broken here and there

bool IsMostlyUtf8(std::string_view bytes) {
  size_t characters = 0, others = 0;
  for (size_t i = FirstBeyondAscii(bytes); i < bytes.size();) {
    const size_t length = CharacterLength(bytes.substr(i));
    characters += length > 1;
    others += length == 0;
    i += std::max<size_t>(length, 1);
    // What is left of a character counts once.
    const bool was_lead = length == 0 && static_cast<uint8_t>(bytes[i - 1]) >= 0xC2;
    while (was_lead && i < bytes.size() && (static_cast<uint8_t>(bytes[i]) & 0xC0) == 0x80) ++i;
  }
  return characters > others;
}

// statistics

int64_t CostOf(std::u32string_view text, std::string_view languages,
               const std::vector<int64_t>& context) {
  TextCost cost(LanguagesOf(languages));
  AddRuns(text, &cost);
  cost.AddContext(context);
  return cost.best();
}

bool IsSign(char32_t c) { return c < 0x80 && !IsOfRun(c); }

struct Reading {
  const CodePage* page;
  int64_t cost;
};

class Statistics {
 public:
  explicit Statistics(std::string_view bytes)
      : bytes_(bytes),
        counts_(Count(bytes)),
        sample_(SampleLines(bytes, kSampleBytes)),
        context_(ContextOf(sample_)) {
    for (const char c : sample_) signs_ += IsSign(static_cast<uint8_t>(c));
    for (const CodePage& page : CodePages()) {
      if (page.single_byte ? Fits(page) : IsText(bytes_, page.name)) {
        readings_.push_back({&page, CostOfPage(page) + page.rarity});
      }
    }
    std::stable_sort(readings_.begin(), readings_.end(),
                     [](const Reading& a, const Reading& b) { return a.cost < b.cost; });
  }

  Detection Best() const {
    if (readings_.empty()) return {.problem = "unknown encoding"};
    const Reading& best = readings_[0];
    if (best.cost - best.page->rarity > kCostOnce + kByteCost * RunBytes()) {
      return {.problem = "unknown encoding"};
    }
    const int64_t margin = HasWords() ? kMargin : kMarginOfLetters;
    for (const Reading& other : readings_) {
      if (other.cost - best.cost >= margin) break;
      if (SameText(*best.page, *other.page)) continue;
      return {.problem = "ambiguous", .best = best.page->name, .second = other.page->name};
    }
    return {.encoding = best.page->name};
  }

 private:
  bool Fits(const CodePage& page) const {
    const ByteTable& table = TableOf(page);
    for (size_t byte = 0x80; byte < counts_.size(); ++byte) {
      if (counts_[byte] > 0 && table[static_cast<uint8_t>(byte)] == ByteTable::kNone) return false;
    }
    return true;
  }

  int64_t CostOfPage(const CodePage& page) const {
    std::u32string text;
    if (page.single_byte) {
      const ByteTable& table = TableOf(page);
      for (const char c : sample_) text += table[static_cast<uint8_t>(c)];
      return CostOf(text, page.languages, context_);
    }
    const auto decoded = DecodeBytes(sample_, page.name, /*replace=*/true);
    if (decoded.ok()) text = CodePoints(decoded->text);
    const int64_t left = std::count_if(text.begin(), text.end(), IsSign);
    return CostOf(text, page.languages, context_) - (signs_ - left) * kSign;
  }

  // Whether there is more to tell by than a letter or two.
  bool HasWords() const {
    constexpr int64_t kLetters = 3;
    const auto is_ascii_letter = [](char c) {
      return IsOfRun(static_cast<uint8_t>(c)) && (c & 0x80) == 0;
    };
    return RunBytes() >= kLetters || std::any_of(bytes_.begin(), bytes_.end(), is_ascii_letter);
  }

  int64_t RunBytes() const {
    std::u32string bytes;
    for (const char c : sample_) bytes += static_cast<uint8_t>(c);
    TextCost none({});
    return static_cast<int64_t>(AddRuns(bytes, &none));
  }

  bool SameText(const CodePage& a, const CodePage& b) const {
    if (&a == &b) return true;
    if (!a.single_byte || !b.single_byte) return false;
    const ByteTable& one = TableOf(a);
    const ByteTable& other = TableOf(b);
    for (size_t byte = 0x80; byte < counts_.size(); ++byte) {
      const auto at = static_cast<uint8_t>(byte);
      if (counts_[byte] > 0 && one[at] != other[at]) return false;
    }
    return true;
  }

  const std::string_view bytes_;
  const Histogram counts_;
  const std::string sample_;
  const std::vector<int64_t> context_;
  int64_t signs_ = 0;
  std::vector<Reading> readings_;
};

// Controls that no text has. A file of DOS ends with 1A; ESC colours terminals.
bool IsBinary(std::string_view bytes) {
  static constexpr std::string_view kAllowed = "\b\t\n\v\f\r\x1a\x1b";
  if (bytes.find('\0') != bytes.npos) return true;
  const Histogram counts = Count(bytes);
  int64_t controls = counts[0x7F];
  for (size_t byte = 0; byte < 0x20; ++byte) {
    if (kAllowed.find(static_cast<char>(byte)) == kAllowed.npos) controls += counts[byte];
  }
  return controls * 100 > static_cast<int64_t>(bytes.size());
}

}  // namespace

Detection Detect(std::string_view bytes) {
  if (Detection marked = ByMark(bytes); !marked.encoding.empty()) return marked;
  const bool has_zeros = bytes.find('\0') != bytes.npos;
  const bool is_utf8 = simdjson::validate_utf8(bytes.data(), bytes.size());
  if (has_zeros) {
    if (Detection wide = ByZeros(bytes); !wide.encoding.empty()) return wide;
  }
  if (is_utf8) return {.encoding = "utf-8"};
  if (IsBinary(bytes)) return {.problem = "binary"};
  if (IsMostlyUtf8(bytes)) return {.problem = "damaged utf-8"};
  return Statistics(bytes).Best();
}

}  // namespace tideway::text
