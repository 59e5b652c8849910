// The rules by which published recipes leave texts out.
//
//   const char* rule = Judge(text, gopher);    // "short", or nullptr where the text passes
//
// Each struct holds one recipe's thresholds; scripts hold their values (lua/tideway/quality.lua).
// Rules are taken in the order in which the recipe lists them, and the first that a text fails
// names it. Words, lines and characters: words.h. Threads: all is pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tideway::quality {

// Rae et al., Scaling Language Models (https://arxiv.org/abs/2112.11446), appendix A.1.1.
struct GopherOptions {
  int64_t min_words = 0;  // that are no symbols
  int64_t max_words = 0;
  double min_word_length = 0;  // the mean, in characters
  double max_word_length = 0;
  double max_symbol_share = 0;      // of `#`, and of ellipses, in all words
  double max_bullet_lines = 0;      // share of lines
  double max_ellipsis_lines = 0;    // share of lines
  double min_alphabetic_words = 0;  // share of words with a letter
  int64_t min_stop_words = 0;       // different ones
  std::vector<std::string> stop_words = {};
};
// "few_words", "many_words", "short_words", "long_words", "hashes", "ellipses", "bullets",
// "ellipsis_lines", "few_letters", "few_stop_words".
const char* Judge(std::string_view text, const GopherOptions& options);

// The same, table A1: shares of a text's characters, but for the first two.
struct RepetitionOptions {
  double max_repeated_paragraphs = 0;  // share of paragraphs
  double max_repeated_lines = 0;       // share of lines
  double max_repeated_paragraph_characters = 0;
  double max_repeated_line_characters = 0;
  std::vector<double> max_top_ngrams = {};       // of 2, 3, ... words
  std::vector<double> max_repeated_ngrams = {};  // of 5, 6, ... words
};
// "repeated_paragraphs", "repeated_paragraph_characters", "repeated_lines",
// "repeated_line_characters", "top_2_gram" ..., "repeated_5_grams" ...; "empty".
const char* Judge(std::string_view text, const RepetitionOptions& options);

// Penedo et al., The FineWeb Datasets (https://arxiv.org/abs/2406.17557), section 3.6.
struct FineWebOptions {
  double min_punctuated_lines = 0;  // share of lines that end a sentence
  double max_short_lines = 0;       // share of lines
  int64_t short_line = 0;           // characters
  double max_repeated_line_characters = 0;
  double max_line_breaks = 0;  // for each word
};
// "empty", "few_punctuated_lines", "short_lines", "repeated_line_characters", "line_breaks".
const char* Judge(std::string_view text, const FineWebOptions& options);

// Raffel et al., Exploring the Limits of Transfer Learning (https://arxiv.org/abs/1910.10683), 2.2.
struct C4Options {
  int64_t min_sentences = 0;
  int64_t min_line_words = 0;                  // between white space
  int64_t max_word_length = 0;                 // characters
  std::vector<std::string> line_phrases = {};  // in lower case: lines with one are left out
  std::vector<std::string> text_phrases = {};  // texts
};
// "phrase", "few_sentences".
const char* Judge(std::string_view text, const C4Options& options);
// The text without the lines that C4 leaves out, and without marks of citations.
std::string CleanLines(std::string_view text, const C4Options& options);

}  // namespace tideway::quality
