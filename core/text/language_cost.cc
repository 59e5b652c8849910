#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <unordered_map>

#include "core/text/language_cost_internal.h"

namespace tideway::text::internal {
namespace {

// Costs of pairs: a digit of base 62 for each, rows one behind the other.
struct PairModel {
  const char* language;
  const char16_t* letters;
  const char* costs;
};
// Characters of one frequency.
struct CharacterModel {
  const char* language;
  int cost;
  const char16_t* characters;
};
#include "core/text/encoding_model.inc"

enum class Script : uint8_t { kNone, kLatin, kGreek, kCyrillic, kHebrew, kArabic, kThai, kEast };

// What is no letter of the language at hand, in fifths of a nat.
constexpr int64_t kQuote = 4 * kNat;         // quotes
constexpr int64_t kTypography = 5 * kNat;    // dashes, the signs of keyboards
constexpr int64_t kFraction = 7 * kNat;      // fractions and their like
constexpr int64_t kOddSymbol = 10 * kNat;    // any other symbol
constexpr int64_t kControl = 15 * kNat;      // C1 controls, U+FFFD, private use
constexpr int64_t kOtherScript = 12 * kNat;  // a letter of another script
constexpr int64_t kAsciiLetter = 3 * kNat;   // in a language that has other letters
constexpr int64_t kGlued = 5 * kNat;         // what stands within a word and does not belong there
constexpr int64_t kTouched = 3 * kNat;       // a symbol straight beside a letter
constexpr int64_t kAlone = 5 * kNat;         // one letter of another script among ASCII words
constexpr int64_t kMostContext = 4 * kNat;   // what the words around may tell
constexpr int64_t kHalfWidthBesideAscii = 3 * kNat;
constexpr int64_t kMixed = 3 * kNat;           // ASCII letters in a word of another script
constexpr int64_t kCaseFlip = 4 * kNat;        // aB
constexpr int64_t kCapital = 2;                // beyond ASCII
constexpr int64_t kEastBesideAscii = kNat;     // a character straight beside an ASCII letter
constexpr int64_t kRareCharacter = 12 * kNat;  // a character the model does not have
constexpr int64_t kRarerCharacter = 14 * kNat;
constexpr int64_t kEastPunctuation = 4 * kNat;
constexpr int64_t kHalfWidth = 8 * kNat;
constexpr int64_t kForeignKana = 9 * kNat;

bool Between(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

Script ScriptOf(char32_t c) {
  if (c < 0x80) return Between(c | 0x20, 'a', 'z') ? Script::kLatin : Script::kNone;
  if (Between(c, 0xC0, 0x24F)) return c == 0xD7 || c == 0xF7 ? Script::kNone : Script::kLatin;
  if (Between(c, 0x1E00, 0x1EFF)) return Script::kLatin;
  if (Between(c, 0x386, 0x3FF)) return c == 0x387 ? Script::kNone : Script::kGreek;
  if (Between(c, 0x400, 0x52F)) return Script::kCyrillic;
  if (Between(c, 0x591, 0x5C7) || Between(c, 0x5D0, 0x5F2)) return Script::kHebrew;
  if (Between(c, 0x620, 0x65F) || Between(c, 0x66E, 0x6D3)) return Script::kArabic;
  if (Between(c, 0xE01, 0xE3A) || Between(c, 0xE40, 0xE4E)) return Script::kThai;
  if (Between(c, 0x3041, 0x30FF) || Between(c, 0x3400, 0x4DBF) || Between(c, 0x4E00, 0x9FFF) ||
      Between(c, 0xAC00, 0xD7A3) || Between(c, 0xFF66, 0xFF9F) || Between(c, 0x20000, 0x2FA1F)) {
    return Script::kEast;
  }
  return Script::kNone;
}

int64_t SymbolCost(char32_t c) {
  static constexpr std::u32string_view kUsual = U"‘’‚‹›–—…•·©®™°§€£\u00a0\u00ad¡¿µºª№،؛؟";
  static constexpr std::u32string_view kQuotes = U"“”„«»®©°";
  static constexpr std::u32string_view kSeldom = U"½¼¾×±²³";
  if (kQuotes.find(c) != kQuotes.npos) return kQuote;
  if (c >= 0x80 && kUsual.find(c) != kUsual.npos) return kTypography;
  if (kSeldom.find(c) != kSeldom.npos) return kFraction;
  const bool broken = Between(c, 0x80, 0x9F) || c == 0xFFFD || Between(c, 0xE000, 0xF8FF);
  return broken ? kControl : kOddSymbol;
}

// What may stand straight beside a letter.
bool MayTouch(char32_t c) {
  static constexpr std::u32string_view kTouching =
      U"±×²³“”‘’„‚«»‹›–—…•·©®™°§€£\u00a0\u00ad¡¿µºª№،؛؟";
  return kTouching.find(c) != kTouching.npos;
}
// What may stand between two letters of a word.
bool JoinsLetters(char32_t c) {
  return std::u32string_view(U"’‘–—…×²³\u00a0\u00ad").find(c) != std::u32string_view::npos;
}

// The place of a code point in the table of a language; letters beyond are in no alphabet.
constexpr size_t kPlaces = 0x780;
size_t PlaceOf(char32_t c) {
  if (c < 0x700) return c;
  return Between(c, 0xE00, 0xE7F) ? c - 0xE00 + 0x700 : kPlaces;
}

char32_t Lower(char32_t c) {
  static const auto lowers = [] {
    std::array<char16_t, kPlaces> table{};
    for (size_t i = 0; i < kPlaces; ++i) table[i] = static_cast<char16_t>(i);
    for (size_t i = 0; kLower[i] != 0; ++i) table[kUpper[i]] = kLower[i];
    table[0x130] = u'i';
    return table;
  }();
  return c < 0x700 ? lowers[c] : c;
}

int64_t Digit(char digit) {
  if (digit <= '9') return digit - '0';
  return digit >= 'a' ? digit - 'a' + 10 : digit - 'A' + 36;
}

struct Language {
  std::string name;
  Script script = Script::kEast;
  // Of languages of letters: the row of each letter; 0 is what a word begins and ends with.
  std::array<uint8_t, kPlaces> rows{};
  size_t size = 0;
  std::vector<uint8_t> pairs;
  // Of the others.
  std::unordered_map<char32_t, int64_t> characters;

  int64_t Pair(size_t from, size_t to) const { return pairs[from * size + to]; }
  size_t other() const { return size - 1; }
  size_t RowOf(char32_t c) const {
    const size_t place = PlaceOf(Lower(c));
    const size_t row = place < kPlaces ? rows[place] : 0;
    return row == 0 ? other() : row;
  }
};

std::vector<Language> Load() {
  std::vector<Language> languages;
  for (const PairModel& model : kPairModels) {
    Language& language = languages.emplace_back();
    language.name = model.language;
    language.script = ScriptOf(model.letters[0]);
    size_t letters = 0;
    for (; model.letters[letters] != 0; ++letters) {
      language.rows[PlaceOf(model.letters[letters])] = static_cast<uint8_t>(letters + 1);
    }
    language.size = letters + 2;
    for (const char* cost = model.costs; *cost != 0; ++cost) {
      language.pairs.push_back(static_cast<uint8_t>(Digit(*cost)));
    }
  }
  for (const CharacterModel& model : kCharacterModels) {
    if (languages.back().name != model.language) languages.emplace_back().name = model.language;
    for (const char16_t* c = model.characters; *c != 0; ++c) {
      languages.back().characters[*c] = model.cost;
    }
  }
  return languages;
}

const std::vector<Language>& Languages() {
  static const std::vector<Language> languages = Load();
  return languages;
}

bool IsUpper(char32_t c) { return Lower(c) != c; }

// A letter of the language's script behind `previous`, 0 for none.
int64_t CaseCost(char32_t previous, char32_t c) {
  if (!IsUpper(c)) return 0;
  const bool beyond_ascii = c >= 0x80 || previous >= 0x80;
  if (previous != 0 && !IsUpper(previous) && beyond_ascii) return kCaseFlip;
  return c >= 0x80 ? kCapital : 0;
}

// A symbol between what may be letters, 0 for none.
int64_t SymbolCost(char32_t before, char32_t c, char32_t after) {
  const bool behind_letter = ScriptOf(before) != Script::kNone;
  const bool before_letter = ScriptOf(after) != Script::kNone;
  int64_t cost = SymbolCost(c);
  if (!MayTouch(c)) cost += (behind_letter + before_letter) * kTouched;
  if (behind_letter && before_letter && !JoinsLetters(c)) cost += kGlued;
  return cost;
}

int64_t OfLetters(const Language& language, std::u32string_view run) {
  int64_t cost = 0;
  size_t row = 0;
  for (size_t i = 0; i < run.size(); ++i) {
    const char32_t c = run[i];
    const char32_t before = i == 0 ? 0 : run[i - 1];
    const Script script = ScriptOf(c);
    if (script == language.script) {
      const size_t next = language.RowOf(c);
      const bool glued = row == 0 && ScriptOf(before) == Script::kLatin;
      cost += language.Pair(row, next) + CaseCost(row == 0 ? 0 : before, c);
      cost += (glued ? kGlued : 0) + (next == language.other() ? kNat : 0);
      row = next;
      continue;
    }
    if (row != 0) cost += language.Pair(row, 0);
    if (script == Script::kNone) {
      cost += SymbolCost(before, c, i + 1 == run.size() ? 0 : run[i + 1]);
    } else if (c < 0x80) {
      cost += kAsciiLetter + (row != 0 ? kGlued : 0);
    } else {
      cost += kOtherScript;
    }
    row = 0;
  }
  if (row != 0) cost += language.Pair(row, 0);
  const bool is_mixed = language.script != Script::kLatin &&
                        std::any_of(run.begin(), run.end(), [](char32_t c) { return c < 0x80; });
  return is_mixed ? cost + kMixed : cost;
}

int64_t OfCharacter(const Language& language, char32_t c) {
  const auto known = language.characters.find(c);
  if (known != language.characters.end()) return known->second;
  if (c < 0x80) return kAsciiLetter;
  if (Between(c, 0x3000, 0x303F) || Between(c, 0xFF01, 0xFF65) || Between(c, 0x2018, 0x201D)) {
    return c == 0x3000 || c < 0xFF00 ? kEastPunctuation : kEastPunctuation + kNat;
  }
  if (Between(c, 0xFF66, 0xFF9F)) return kHalfWidth;
  if (Between(c, 0x3041, 0x30FF)) return kForeignKana;
  const Script script = ScriptOf(c);
  if (script == Script::kEast) return Between(c, 0x4E00, 0x9FFF) ? kRareCharacter : kRarerCharacter;
  return script == Script::kNone ? SymbolCost(c) : kOtherScript;
}

int64_t OfCharacters(const Language& language, std::u32string_view run) {
  int64_t cost = 0;
  for (size_t i = 0; i < run.size(); ++i) {
    cost += OfCharacter(language, run[i]);
    if (i == 0 || (run[i] < 0x80) == (run[i - 1] < 0x80)) continue;
    const char32_t beside = std::max(run[i], run[i - 1]);
    cost += Between(beside, 0xFF66, 0xFF9F) ? kHalfWidthBesideAscii : kEastBesideAscii;
  }
  return cost;
}

}  // namespace

std::vector<LanguageId> LanguagesOf(std::string_view names) {
  std::vector<LanguageId> ids;
  const std::string padded = " " + std::string(names) + " ";
  for (size_t i = 0; i < Languages().size(); ++i) {
    const std::string name = " " + Languages()[i].name + " ";
    if (names == "*" || padded.find(name) != padded.npos) ids.push_back(static_cast<int>(i));
  }
  return ids;
}

std::string_view LanguageName(LanguageId language) {
  return Languages()[static_cast<size_t>(language)].name;
}

void TextCost::Add(std::u32string_view run, bool alone) {
  for (size_t i = 0; i < languages_.size(); ++i) {
    const Language& language = Languages()[static_cast<size_t>(languages_[i])];
    costs_[i] +=
        language.script == Script::kEast ? OfCharacters(language, run) : OfLetters(language, run);
    if (alone && language.script != Script::kLatin) costs_[i] += kAlone;
  }
}

static bool IsBeyondAscii(std::u32string_view text, size_t i) {
  return i < text.size() && text[i] >= 0x80;
}

size_t AddRuns(std::u32string_view text, TextCost* cost) {
  size_t length = 0;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    bool beyond = false;
    for (; end < text.size() && IsOfRun(text[end]); ++end) beyond = beyond || text[end] >= 0x80;
    if (beyond) {
      const bool alone =
          end - i == 1 && !IsBeyondAscii(text, i - 2) && !IsBeyondAscii(text, end + 1);
      cost->Add(text.substr(i, end - i), alone);
      length += end - i;
    }
    i = end + 1;
  }
  return length;
}

void TextCost::AddContext(const std::vector<int64_t>& costs) {
  for (size_t i = 0; i < languages_.size(); ++i) {
    costs_[i] += costs[static_cast<size_t>(languages_[i])];
  }
}

std::vector<int64_t> ContextOf(std::string_view text) {
  constexpr size_t kMostWords = 100;
  constexpr int64_t kWeight = 2;  // one in so many
  const auto is_letter = [](char c) { return (c & 0x80) == 0 && IsOfRun(static_cast<uint8_t>(c)); };
  std::vector<int64_t> context(Languages().size());
  size_t words = 0;
  for (size_t i = 0; i < text.size() && words < kMostWords; ++i) {
    const size_t begin = i;
    while (i < text.size() && is_letter(text[i])) ++i;
    const bool is_whole = begin < i && (begin == 0 || (text[begin - 1] & 0x80) == 0) &&
                          (i == text.size() || (text[i] & 0x80) == 0);
    if (!is_whole) continue;
    ++words;
    std::u32string word;
    for (const char c : text.substr(begin, i - begin)) word += static_cast<uint8_t>(c);
    const int64_t english = OfLetters(Languages()[0], word) + kNat;
    for (size_t id = 0; id < context.size(); ++id) {
      const Language& language = Languages()[id];
      if (language.script == Script::kLatin) {
        context[id] += std::min(OfLetters(language, word), english);
      }
    }
  }
  int64_t least = std::numeric_limits<int64_t>::max();
  for (size_t id = 1; id < context.size() && Languages()[id].script == Script::kLatin; ++id) {
    least = std::min(least, context[id]);
  }
  for (size_t id = 0; id < context.size() && Languages()[id].script == Script::kLatin; ++id) {
    context[id] = std::clamp<int64_t>((context[id] - least) / kWeight, 0, kMostContext);
  }
  return context;
}

int64_t TextCost::best() const {
  return costs_.empty() ? 0 : *std::min_element(costs_.begin(), costs_.end());
}

LanguageId TextCost::best_language() const {
  return languages_[static_cast<size_t>(std::min_element(costs_.begin(), costs_.end()) -
                                        costs_.begin())];
}

}  // namespace tideway::text::internal
