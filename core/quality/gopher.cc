#include <algorithm>
#include <array>
#include <set>

#include "core/quality/repeated.h"
#include "core/quality/rules.h"
#include "core/quality/words.h"

namespace tideway::quality {
namespace {

constexpr std::string_view kEllipsis = "\u2026", kDots = "...", kBullet = "\u2022";

double Share(int64_t part, int64_t all) {
  return static_cast<double>(part) / static_cast<double>(std::max<int64_t>(all, 1));
}

const char* JudgeWords(const std::vector<Word>& words, const GopherOptions& options) {
  int64_t plain = 0, characters = 0;
  for (const Word& word : words) {
    if (word.is_symbol) continue;
    ++plain;
    characters += word.characters;
  }
  if (plain < options.min_words) return "few_words";
  if (plain > options.max_words) return "many_words";
  const double length = Share(characters, plain);
  if (length < options.min_word_length) return "short_words";
  if (length > options.max_word_length) return "long_words";
  return nullptr;
}

const char* JudgeLines(std::string_view text, const GopherOptions& options) {
  auto lines = SplitLines(text);
  if (lines.back().empty()) lines.pop_back();
  const auto share = [&lines](auto is_one) {
    return Share(std::ranges::count_if(lines, is_one), static_cast<int64_t>(lines.size()));
  };
  const double bullets = share([](std::string_view line) {
    line = StripLeft(line);
    return line.starts_with(kBullet) || line.starts_with('-');
  });
  if (bullets > options.max_bullet_lines) return "bullets";
  const double ellipses = share([](std::string_view line) {
    line = Strip(line);
    return line.ends_with(kEllipsis) || line.ends_with(kDots);
  });
  return ellipses > options.max_ellipsis_lines ? "ellipsis_lines" : nullptr;
}

bool HasStopWords(const std::vector<Word>& words, const GopherOptions& options) {
  std::set<std::string_view> wanted(options.stop_words.begin(), options.stop_words.end());
  int64_t found = 0;
  for (const Word& word : words) {
    if (found >= options.min_stop_words) break;
    found += static_cast<int64_t>(wanted.erase(word.text));
  }
  return found >= options.min_stop_words;
}

// "a\n\nb": two; "\n" of any number ends them.
std::vector<std::string_view> SplitAtBreaks(std::string_view text, size_t least_breaks) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at)) {
    const size_t end = std::min(text.find_first_not_of('\n', at), text.size());
    if (end - at >= least_breaks) {
      parts.push_back(text.substr(begin, at - begin));
      begin = end;
    }
    at = end;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

constexpr size_t kFirstTop = 2, kFirstRepeated = 5;
constexpr std::array kTopNames{"top_2_gram", "top_3_gram", "top_4_gram"};
constexpr std::array kRepeatedNames{"repeated_5_grams", "repeated_6_grams", "repeated_7_grams",
                                    "repeated_8_grams", "repeated_9_grams", "repeated_10_grams"};

const char* JudgeNgrams(std::string_view text, int64_t characters,
                        const RepetitionOptions& options) {
  Ngrams ngrams(SplitWords(text));
  for (size_t i = 0; i < std::min(kTopNames.size(), options.max_top_ngrams.size()); ++i) {
    const double share = Share(ngrams.TopCharacters(kFirstTop + i), characters);
    if (share > options.max_top_ngrams[i]) return kTopNames[i];
  }
  for (size_t i = 0; i < std::min(kRepeatedNames.size(), options.max_repeated_ngrams.size()); ++i) {
    const double share = Share(ngrams.RepeatedCharacters(kFirstRepeated + i), characters);
    if (share > options.max_repeated_ngrams[i]) return kRepeatedNames[i];
  }
  return nullptr;
}

}  // namespace

const char* Judge(std::string_view text, const GopherOptions& options) {
  const std::vector<Word> words = SplitWords(text);
  const auto all = static_cast<int64_t>(words.size());
  if (const char* rule = JudgeWords(words, options)) return rule;
  if (Share(CountOf(text, "#"), all) > options.max_symbol_share) return "hashes";
  const int64_t ellipses = CountOf(text, kDots) + CountOf(text, kEllipsis);
  if (Share(ellipses, all) > options.max_symbol_share) return "ellipses";
  if (const char* rule = JudgeLines(text, options)) return rule;
  const int64_t letters = std::ranges::count_if(words, &Word::has_letter);
  if (Share(letters, all) < options.min_alphabetic_words) return "few_letters";
  return HasStopWords(words, options) ? nullptr : "few_stop_words";
}

const char* Judge(std::string_view text, const RepetitionOptions& options) {
  if (text.empty()) return "empty";
  const int64_t characters = CountCharacters(text);
  const auto paragraphs = SplitAtBreaks(Strip(text), 2);
  Repeated repeated = CountRepeated(paragraphs);
  if (Share(repeated.parts, static_cast<int64_t>(paragraphs.size())) >
      options.max_repeated_paragraphs) {
    return "repeated_paragraphs";
  }
  if (Share(repeated.characters, characters) > options.max_repeated_paragraph_characters) {
    return "repeated_paragraph_characters";
  }
  const auto lines = SplitAtBreaks(text, 1);
  repeated = CountRepeated(lines);
  if (Share(repeated.parts, static_cast<int64_t>(lines.size())) > options.max_repeated_lines) {
    return "repeated_lines";
  }
  if (Share(repeated.characters, characters) > options.max_repeated_line_characters) {
    return "repeated_line_characters";
  }
  return JudgeNgrams(text, characters, options);
}

const char* Judge(std::string_view text, const FineWebOptions& options) {
  std::vector<std::string_view> lines = SplitLines(text);
  std::erase_if(lines, [](std::string_view line) { return Strip(line).empty(); });
  if (lines.empty()) return "empty";
  const auto all = static_cast<int64_t>(lines.size());
  if (Share(std::ranges::count_if(lines, EndsSentence), all) < options.min_punctuated_lines) {
    return "few_punctuated_lines";
  }
  const int64_t is_short = std::ranges::count_if(lines, [&options](std::string_view line) {
    return CountCharacters(line) <= options.short_line;
  });
  if (Share(is_short, all) > options.max_short_lines) return "short_lines";
  const int64_t breaks = CountOf(text, "\n");
  if (Share(CountRepeated(lines).characters, CountCharacters(text) - breaks) >
      options.max_repeated_line_characters) {
    return "repeated_line_characters";
  }
  const auto words = static_cast<int64_t>(SplitWords(text).size());
  return Share(breaks, words) > options.max_line_breaks ? "line_breaks" : nullptr;
}

}  // namespace tideway::quality
