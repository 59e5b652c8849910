#include "core/text/mojibake.h"

#include <simdjson.h>

#include <map>
#include <utility>

#include "core/base/encoding.h"
#include "core/text/code_page_internal.h"
#include "core/text/code_points_internal.h"
#include "core/text/language_cost_internal.h"

namespace tideway::text {
namespace {

using namespace internal;  // NOLINT: all is of this folder

constexpr size_t kSampleBytes = 4096;
constexpr int kMostTimes = 4;
// How much more probable the mended text must be.
constexpr int64_t kMargin = 8 * kNat;

struct WrongPage {
  const char* name;
  bool single_byte;
  bool sloppy;
};
constexpr WrongPage kWrongPages[] = {
    {"windows-1252", true, true}, {"latin-1", true, true},      {"windows-1251", true, true},
    {"windows-1250", true, true}, {"windows-1254", true, true}, {"windows-1253", true, true},
    {"windows-1257", true, true}, {"iso-8859-2", true, true},   {"iso-8859-15", true, true},
    {"koi8-r", true, false},      {"mac-roman", true, false},   {"cp437", true, false},
    {"cp850", true, false},       {"cp866", true, false},       {"gb18030", false, false},
    {"shift_jis", false, false},
};

// Unlike code pages, Latin-1 shows bytes 80 to 9F as controls; `sloppy` brings them back.
const ByteTable& WrongTable(const WrongPage& page) {
  static const auto tables = [] {
    std::map<std::string_view, ByteTable> made;
    for (const WrongPage& one : kWrongPages) {
      if (one.single_byte) made.emplace(one.name, ByteTable(one.name));
    }
    return made;
  }();
  return tables.at(page.name);
}

bool IsUtf8Text(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

// A character of UTF-8 that is read as a page of single bytes is two characters at least, and its
// second byte is none of ASCII. A space may stand for it (see above).
bool MayBeMojibake(std::string_view text) {
  const size_t first = FirstBeyondAscii(text);
  if (first == text.size()) return false;
  const bool is_east = static_cast<uint8_t>(text[first]) >= 0xE3;
  if (is_east) return true;
  const size_t next = first + CharacterLength(text.substr(first));
  if (next >= text.size()) return false;
  return static_cast<uint8_t>(text[next]) >= 0x80 || text[next] == ' ';
}

// Puts A0 where a space stands behind C2 or C3: of "C3 20 20" the first space is the byte, of "C3
// 20" both are meant.
std::string WithLostSpaces(std::string_view bytes, int64_t* guessed) {
  std::string restored;
  for (size_t i = 0; i < bytes.size(); ++i) {
    restored += bytes[i];
    const bool lead = bytes[i] == '\xC2' || bytes[i] == '\xC3';
    if (!lead || i + 1 == bytes.size() || bytes[i + 1] != ' ') continue;
    restored += '\xA0';
    ++*guessed;
    if (i + 2 < bytes.size() && bytes[i + 2] == ' ') ++i;
  }
  return restored;
}

struct Undone {
  std::string text;
  int64_t guessed = 0;
};

std::optional<Undone> Undo(std::string_view text, std::u32string_view characters,
                           const WrongPage& page) {
  std::string bytes;
  if (page.single_byte) {
    auto encoded = WrongTable(page).Encode(characters, page.sloppy);
    if (!encoded) return std::nullopt;
    bytes = std::move(*encoded);
  } else {
    auto encoded = EncodeText(text, page.name);
    if (!encoded.ok()) return std::nullopt;
    bytes = std::move(*encoded);
  }
  if (IsUtf8Text(bytes)) return Undone{std::move(bytes)};
  Undone undone;
  undone.text = WithLostSpaces(bytes, &undone.guessed);
  // One guess stands for nothing else, so something must be exact.
  const bool exact = undone.guessed > 0 && IsUtf8Text(undone.text);
  if (!exact) return std::nullopt;
  return undone;
}

int64_t CostOf(std::u32string_view text) {
  static const std::vector<LanguageId> all = LanguagesOf("*");
  TextCost cost(all);
  AddRuns(text, &cost);
  return cost.best();
}

bool IsQuote(char32_t c) {
  return std::u32string_view(U"'\"`“”‘’„«»()[]").find(c) != std::u32string_view::npos;
}

// Whether all there is beyond ASCII are single characters between quotes.
bool IsQuotedOnly(std::u32string_view text, const WrongPage& page) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] < 0x80) continue;
    size_t end = i;
    while (end < text.size() && text[end] >= 0x80) ++end;
    const bool quoted = i > 0 && end < text.size() && IsQuote(text[i - 1]) && IsQuote(text[end]);
    if (!quoted) return false;
    const std::u32string_view run = text.substr(i, end - i);
    const auto undone = Undo(Utf8(run), run, page);
    if (!undone || CodePoints(undone->text).size() != 1) return false;
    i = end;
  }
  return true;
}

struct Step {
  Undone undone;
  std::string_view page;
};

// Tried on a few lines first: nearly all texts and pages end there.
std::optional<Step> UndoOnce(std::string_view text) {
  if (!MayBeMojibake(text)) return std::nullopt;
  const std::string sample = SampleLines(text, kSampleBytes);
  const std::u32string sampled = CodePoints(sample);
  std::u32string characters;
  int64_t before = -1;
  int64_t best_cost = 0;
  std::optional<Step> best;
  for (const WrongPage& page : kWrongPages) {
    const auto shown = Undo(sample, sampled, page);
    if (!shown) continue;
    if (before < 0) before = CostOf(sampled);
    const int64_t cost = CostOf(CodePoints(shown->text));
    if (cost + kMargin > before || (best && cost >= best_cost)) continue;
    if (characters.empty()) characters = CodePoints(text);
    auto undone = Undo(text, characters, page);
    if (!undone || IsQuotedOnly(characters, page)) continue;
    best = Step{std::move(*undone), page.name};
    best_cost = cost;
  }
  return best;
}

}  // namespace

std::optional<Mended> MendMojibake(std::string_view text) {
  std::optional<Mended> mended;
  for (int times = 0; times < kMostTimes; ++times) {
    auto step = UndoOnce(mended ? std::string_view(mended->text) : text);
    if (!step) break;
    if (!mended) mended.emplace();
    mended->text = std::move(step->undone.text);
    mended->guessed += step->undone.guessed;
    mended->read_as += (times == 0 ? "" : ", ") + std::string(step->page);
  }
  return mended;
}

}  // namespace tideway::text
