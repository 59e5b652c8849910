#include "core/quality/words.h"

#include <gmock/gmock.h>

#include <string>

#include "core/quality/repeated.h"

namespace tideway::quality {
namespace {

using testing::ElementsAre;

std::vector<std::string> Texts(std::string_view text) {
  std::vector<std::string> texts;
  for (const Word& word : SplitWords(text)) texts.emplace_back(word.text);
  return texts;
}

TEST(Words, AreRunsOfLettersDigitsAndMarksOrOfSymbols) {
  EXPECT_THAT(Texts("don't stop... x_1!"), ElementsAre("don", "'", "t", "stop", "...", "x_1", "!"));
  EXPECT_THAT(Texts(" \t\u00a0\n"), ElementsAre());
  EXPECT_THAT(Texts("na\u0303o हिन्दी 東京"), ElementsAre("na\u0303o", "हिन्दी", "東京"));
  EXPECT_THAT(Texts(""), ElementsAre());
}

TEST(Words, TellCharactersLettersAndSymbols) {
  const auto words = SplitWords("é1 22 --");
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[0].characters, 2);
  EXPECT_TRUE(words[0].has_letter);
  EXPECT_FALSE(words[1].has_letter);
  EXPECT_FALSE(words[1].is_symbol);
  EXPECT_TRUE(words[2].is_symbol);
}

TEST(Words, ABrokenByteIsOneSymbol) {
  EXPECT_THAT(Texts("a\xff\xc3(b"), ElementsAre("a", "\xff\xc3(", "b"));
  EXPECT_EQ(CountCharacters("a\xff\xc3(b"), 5);
  EXPECT_EQ(CountCharacters("\xe3\x81"), 2);
  EXPECT_EQ(Strip(" \xff "), "\xff");
}

TEST(Lines, EndAtLineFeeds) {
  EXPECT_THAT(SplitLines("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(SplitLines("a\n"), ElementsAre("a", ""));
  EXPECT_THAT(SplitLines(""), ElementsAre(""));
}

TEST(Lines, AreStrippedOfUnicodesWhiteSpace) {
  EXPECT_EQ(Strip("\u3000 a b\u00a0\r"), "a b");
  EXPECT_EQ(Strip("\u2003"), "");
  EXPECT_EQ(StripLeft(" a "), "a ");
}

TEST(Lines, EndSentencesInEveryScript) {
  for (const char* line : {"a.", "a?", "a!", "終わり。", "خاتمہ۔", "समाप्त।"}) {
    EXPECT_TRUE(EndsSentence(line)) << line;
  }
  for (const char* line : {"", "a", "a,", "a. ", "a\xff", "a:"}) {
    EXPECT_FALSE(EndsSentence(line)) << line;
  }
}

TEST(Counts, DoNotOverlap) {
  EXPECT_EQ(CountOf("......", "..."), 2);
  EXPECT_EQ(CountOf("a#b#", "#"), 2);
  EXPECT_EQ(CountOf("", "#"), 0);
}

TEST(Repeated, CountsPartsThatCameBefore) {
  const Repeated repeated = CountRepeated({"ab", "é", "ab", "ab", "é"});
  EXPECT_EQ(repeated.parts, 3);
  EXPECT_EQ(repeated.characters, 5);
  EXPECT_EQ(CountRepeated({}).parts, 0);
}

TEST(Ngrams, TellTheMostFrequentAndWhatIsRepeated) {
  const auto words = SplitWords("aa bb aa bb aa bb cc");
  Ngrams ngrams(words);
  EXPECT_EQ(ngrams.TopCharacters(2), 3 * 5);  // "aa bb"
  EXPECT_EQ(ngrams.TopCharacters(8), 0);
  EXPECT_EQ(ngrams.RepeatedCharacters(2), 4 + 4);
  EXPECT_EQ(ngrams.RepeatedCharacters(8), 0);
}

TEST(Ngrams, OfEquallyFrequentOnesTheFirstCounts) {
  EXPECT_EQ(Ngrams(SplitWords("a b ccc ddd")).TopCharacters(2), 3);
}

TEST(Ngrams, OfNoWordsAreNone) {
  Ngrams ngrams(SplitWords(""));
  EXPECT_EQ(ngrams.TopCharacters(2), 0);
  EXPECT_EQ(ngrams.RepeatedCharacters(5), 0);
}

}  // namespace
}  // namespace tideway::quality
