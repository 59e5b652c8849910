// How improbable a text is in a language, in fifths of a nat: for letters by the pairs that they
// stand in, for Chinese, Japanese and Korean by how frequent a character is. Whoever has several
// readings of the same bytes takes the cheapest.
//
//   TextCost cost(LanguagesOf("ru uk"));
//   cost.Add(U"длина");          // a run of letters, with what stands between them
//   cost.best();                 // of the language that fits all runs best
//
// The model is core/text/encoding_model.inc, which tools/encoding_model.py makes. Threads: one
// TextCost belongs to one thread; the rest is pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tideway::text::internal {

inline constexpr int64_t kNat = 5;  // units of cost in a nat

using LanguageId = int;
// The languages with these names, separated by spaces; all that the model has for "*".
std::vector<LanguageId> LanguagesOf(std::string_view names);
std::string_view LanguageName(LanguageId language);

class TextCost {
 public:
  explicit TextCost(std::vector<LanguageId> languages)
      : languages_(std::move(languages)), costs_(languages_.size()) {}

  // `alone`: the run is one letter between words of ASCII, as Italian "è" often is, and hardly ever
  // a letter of another script.
  void Add(std::u32string_view run, bool alone = false);
  // Adds what each language costs by the words of ASCII around (ContextOf).
  void AddContext(const std::vector<int64_t>& costs);
  // Of the language in which all that was added costs least; 0 when nothing was added.
  int64_t best() const;
  LanguageId best_language() const;

 private:
  std::vector<LanguageId> languages_;
  std::vector<int64_t> costs_;
};

// Adds all runs of `text` with anything beyond ASCII; returns how many characters they are.
size_t AddRuns(std::u32string_view text, TextCost* cost);

// What it costs, by LanguageId, to take the words of ASCII in `text` for words of each language of
// Latin letters, beyond the cost of the one that fits them best; but a few nats at most, for there
// may be words of any language around. Words that may be English tell nothing. 0 for others.
std::vector<int64_t> ContextOf(std::string_view text);

// Whether a run of letters may hold this: an ASCII letter, or anything beyond ASCII.
inline bool IsOfRun(char32_t c) {
  return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace tideway::text::internal
