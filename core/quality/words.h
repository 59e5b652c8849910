// Words, lines and characters of a text, as the rules of this folder count them.
//
// A character is a code point; a byte that is no UTF-8 counts as one symbol. A word is a run of
// letters, marks, digits and `_`, or a run of other characters that are no white space: "don't" is
// three words, of which one is a symbol. A line ends at "\n".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tideway::quality {

struct Word {
  std::string_view text;
  int64_t characters = 0;
  bool is_symbol = false;   // no letter, mark, digit or `_`
  bool has_letter = false;  // of any script
};
std::vector<Word> SplitWords(std::string_view text);

// "a\n\nb" has three lines, one of them empty; "a\n" has two.
std::vector<std::string_view> SplitLines(std::string_view text);

int64_t CountCharacters(std::string_view text);

// Without white space (of Unicode) at the ends.
std::string_view Strip(std::string_view text);
std::string_view StripLeft(std::string_view text);

// Whether its last character ends sentences (Unicode's Sentence_Terminal).
bool EndsSentence(std::string_view line);

// How often `part` is in `text`, without overlaps.
int64_t CountOf(std::string_view text, std::string_view part);

}  // namespace tideway::quality
