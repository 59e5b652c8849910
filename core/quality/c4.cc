#include <algorithm>
#include <optional>

#include "core/base/ascii.h"
#include "core/quality/rules.h"
#include "core/quality/words.h"

namespace tideway::quality {
namespace {

bool HasAny(const std::string& text, const std::vector<std::string>& phrases) {
  return std::ranges::any_of(
      phrases, [&text](const std::string& phrase) { return text.find(phrase) != text.npos; });
}

// The length of a mark of a citation at the start of `text`: "[12]", "[edit]"; 0 for none.
size_t CitationAt(std::string_view text) {
  for (const std::string_view mark : {"[edit]", "[citation needed]"}) {
    if (text.starts_with(mark)) return mark.size();
  }
  const size_t end = text.find_first_not_of("0123456789", 1);
  return end != text.npos && text[end] == ']' ? end + 1 : 0;
}

std::string WithoutCitations(std::string_view line) {
  std::string without;
  for (;;) {
    const size_t at = std::min(line.find('['), line.size());
    without += line.substr(0, at);
    if (at == line.size()) return without;
    const size_t size = CitationAt(line.substr(at));
    if (size == 0) without += '[';
    line.remove_prefix(at + std::max<size_t>(size, 1));
  }
}

bool EndsWell(std::string_view line) {
  constexpr std::string_view kEnds = ".?!\"'";
  return !line.empty() && kEnds.find(line.back()) != kEnds.npos && !line.ends_with("...");
}

struct Pieces {
  int64_t count = 0;
  int64_t longest = 0;  // characters
};

// What stands between white space.
Pieces PiecesOf(std::string_view line) {
  Pieces pieces;
  const char* end = nullptr;
  int64_t length = 0;
  for (const Word& word : SplitWords(line)) {
    const bool goes_on = word.text.data() == end;
    length = goes_on ? length + word.characters : word.characters;
    if (!goes_on) ++pieces.count;
    pieces.longest = std::max(pieces.longest, length);
    end = word.text.data() + word.text.size();
  }
  return pieces;
}

// Marks that end one, before white space or the line's end; one at least.
int64_t SentencesOf(std::string_view line) {
  constexpr std::string_view kEnds = ".?!", kClosing = "\"')]}";
  int64_t sentences = 0;
  for (size_t at = line.find_first_of(kEnds); at != line.npos; at = line.find_first_of(kEnds, at)) {
    at = std::min(line.find_first_not_of(kEnds, at), line.size());
    const size_t behind = std::min(line.find_first_not_of(kClosing, at), line.size());
    if (behind == line.size() || line[behind] == ' ' || line[behind] == '\t') ++sentences;
  }
  return std::max<int64_t>(sentences, 1);
}

struct Judged {
  const char* rule = nullptr;  // that the text fails
  std::string text = {};
};

// The line as it stays; nothing where it goes. `spoilt`: the text goes.
std::optional<std::string> Keep(std::string_view line, const C4Options& options, bool& spoilt) {
  line = Strip(line);
  const Pieces pieces = PiecesOf(line);
  if (pieces.longest > options.max_word_length) return std::nullopt;
  std::string kept = WithoutCitations(line);
  if (!EndsWell(kept) || pieces.count < options.min_line_words) return std::nullopt;
  const std::string lower = LowerAscii(kept);
  spoilt = HasAny(lower, options.text_phrases);
  if (spoilt || HasAny(lower, options.line_phrases)) return std::nullopt;
  return kept;
}

Judged JudgeLines(std::string_view text, const C4Options& options) {
  Judged judged;
  int64_t sentences = 0;
  for (const std::string_view line : SplitLines(text)) {
    bool spoilt = false;
    const auto kept = Keep(line, options, spoilt);
    if (spoilt && judged.rule == nullptr) judged.rule = "phrase";
    if (!kept) continue;
    sentences += SentencesOf(*kept);
    if (!judged.text.empty()) judged.text += '\n';
    judged.text += *kept;
  }
  if (judged.rule == nullptr && sentences < options.min_sentences) judged.rule = "few_sentences";
  return judged;
}

}  // namespace

const char* Judge(std::string_view text, const C4Options& options) {
  return JudgeLines(text, options).rule;
}

std::string CleanLines(std::string_view text, const C4Options& options) {
  return JudgeLines(text, options).text;
}

}  // namespace tideway::quality
