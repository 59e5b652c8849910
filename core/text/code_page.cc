#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/encoding.h"
#include "core/text/code_page_internal.h"
#include "core/text/code_points_internal.h"
#include "core/text/language_cost_internal.h"

namespace tideway::text::internal {
namespace {

constexpr const char* kWest = "de fr es pt it nl sv da nb fi is ca et sq";
constexpr const char* kCentral = "pl cs sk hu ro hr sl sq de";
constexpr int64_t kOften = 0;
constexpr int64_t kLessOften = 3;
constexpr int64_t kSeldom = kNat;
constexpr int64_t kRarely = 5 * kNat;
// Of bytes that are no such text, many can be read as characters of two bytes.
constexpr int64_t kTwoBytes = 2 * kNat;

constexpr CodePage kPages[] = {
    {"windows-1252", kWest, kOften, true},
    {"windows-1250", kCentral, kLessOften, true},
    {"windows-1251", "ru uk be bg sr mk", kOften, true},
    {"windows-1253", "el", kOften, true},
    {"windows-1254", "tr", kLessOften, true},
    {"windows-1255", "he", 2 * kSeldom, true},
    {"windows-1256", "ar fa", kOften, true},
    {"windows-1257", "lt lv et", 2 * kSeldom, true},
    {"iso-8859-2", kCentral, kSeldom, true},
    {"iso-8859-15", kWest, kSeldom, true},
    {"iso-8859-7", "el", kSeldom, true},
    {"koi8-r", "ru", kSeldom, true},
    {"koi8-u", "uk", kSeldom, true},
    {"cp866", "ru be bg", kRarely, true},
    {"cp874", "th", kSeldom, true},
    {"cp850", kWest, kRarely, true},
    {"cp852", kCentral, kRarely, true},
    {"mac-roman", kWest, kRarely, true},
    {"shift_jis", "ja", kTwoBytes, false},
    {"gb18030", "zh", kTwoBytes, false},
    {"big5", "tw", kTwoBytes, false},
    {"euc_jp", "ja", kTwoBytes, false},
    {"cp949", "ko", kTwoBytes, false},
};

}  // namespace

std::span<const CodePage> CodePages() { return kPages; }

ByteTable::ByteTable(std::string_view encoding) {
  for (size_t byte = 0; byte < characters_.size(); ++byte) {
    const char c = static_cast<char>(byte);
    const auto decoded = DecodeBytes({&c, 1}, encoding, /*replace=*/false);
    const std::u32string character = decoded.ok() ? CodePoints(decoded->text) : U"";
    const bool is_one = character.size() == 1 && (character[0] < 0x80 || character[0] > 0x9F);
    characters_[byte] = is_one ? character[0] : kNone;
  }
}

std::optional<std::string> ByteTable::Encode(std::u32string_view text, bool sloppy) const {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t c : text) {
    if (c < 0x80) {
      bytes += static_cast<char>(c);
      continue;
    }
    const auto found = std::find(characters_.begin() + 0x80, characters_.end(), c);
    if (found != characters_.end()) {
      bytes += static_cast<char>(found - characters_.begin());
    } else if (sloppy && c <= 0x9F && characters_[c] == kNone) {
      bytes += static_cast<char>(c);
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

const ByteTable& TableOf(const CodePage& page) {
  static const auto tables = [] {
    std::map<std::string_view, ByteTable> made;
    for (const CodePage& one : kPages) {
      if (one.single_byte) made.emplace(one.name, ByteTable(one.name));
    }
    return made;
  }();
  return tables.at(page.name);
}

}  // namespace tideway::text::internal
