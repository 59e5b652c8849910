#include "core/tokens/split_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/tokens/pre_tokenizer.h"

namespace tideway::tokens {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;
using namespace std::string_literals;

Words WordsOf(Matcher match, std::string_view text) {
  Words words;
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* after = match(p, end);
    words.emplace_back(p, after);
    p = after;
  }
  return words;
}

Words PiecesOf(const std::string& json, std::string_view text) {
  const auto cut = *MakePreTokenizer(nlohmann::json::parse(json));
  TextArena arena;
  Words words;
  Pieces pieces([&](std::span<const std::string_view> some) {
    EXPECT_LE(some.size(), 1024U);
    words.insert(words.end(), some.begin(), some.end());
  });
  cut->Split(text, arena, pieces);
  pieces.HandOn();
  return words;
}

constexpr const char* kGpt4 = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
                              R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

TEST(SplitPatternTest, Gpt2LeavesOneSpaceToTheWordBehind) {
  EXPECT_THAT(WordsOf(MatchGpt2, "a  b\n\nc "), ElementsAre("a", " ", " b", "\n", "\n", "c", " "));
  EXPECT_THAT(WordsOf(MatchGpt2, "I'm 'SHE'S x12y!?"),
              ElementsAre("I", "'m", " '", "SHE", "'", "S", " x", "12", "y", "!?"));
  EXPECT_THAT(WordsOf(MatchGpt2, "\u00a0\u3000a"), ElementsAre("\u00a0", "\u3000", "a"));
}

TEST(SplitPatternTest, Gpt4CutsNumbersAndKeepsLinesTogether) {
  const Matcher gpt4 = FindPattern(kGpt4);
  ASSERT_NE(gpt4, nullptr);
  EXPECT_THAT(WordsOf(gpt4, "I'LL\tgo 12345 {\n\n  x"),
              ElementsAre("I", "'LL", "\tgo", " ", "123", "45", " {\n\n", " ", " x"));
  EXPECT_THAT(WordsOf(gpt4, "a \n \n  b"), ElementsAre("a", " \n \n", " ", " b"));
  EXPECT_THAT(WordsOf(gpt4, "'\u017fa \x07's"), ElementsAre("'\u017f", "a", " \x07'", "s"));
}

TEST(SplitPatternTest, AnUnknownExpressionIsRefusedByItsText) {
  EXPECT_EQ(FindPattern(R"(\p{L}+)"), nullptr);
  const auto made = MakePreTokenizer(nlohmann::json::parse(
      R"({"type": "Split", "pattern": {"Regex": "x+y"}, "behavior": "Isolated", "invert": false})"));
  EXPECT_THAT(made.status().message(),
              HasSubstr("a regular expression that is not known here: x+y"));
}

TEST(PreTokenizerTest, ALargeTextIsCutAsItsParts) {
  const std::string sequence = R"({"type": "Sequence", "pretokenizers": [
    {"type": "WhitespaceSplit"}, {"type": "Punctuation"}, {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false}]})";
  for (const std::string& json : {R"({"type": "BertPreTokenizer"})"s, sequence}) {
    std::string text;
    Words expected;
    for (int i = 0; i < 3000; ++i) {
      const std::string part = "f(x) = a" + std::to_string(i) + "; ";
      text += part;
      const Words words = PiecesOf(json, part);
      expected.insert(expected.end(), words.begin(), words.end());
    }
    EXPECT_EQ(PiecesOf(json, text), expected) << json;
  }
}

TEST(PreTokenizerTest, BehaviorsOfMatches) {
  const auto split = [](const std::string& behavior) {
    return PiecesOf(
        R"({"type": "Split", "pattern": {"String": "-"}, "invert": false, "behavior": ")" +
            behavior + "\"}",
        "The-final--countdown");
  };
  EXPECT_THAT(split("Removed"), ElementsAre("The", "final", "countdown"));
  EXPECT_THAT(split("Isolated"), ElementsAre("The", "-", "final", "-", "-", "countdown"));
  EXPECT_THAT(split("MergedWithPrevious"), ElementsAre("The-", "final-", "-", "countdown"));
  EXPECT_THAT(split("MergedWithNext"), ElementsAre("The", "-final", "-", "-countdown"));
  EXPECT_THAT(split("Contiguous"), ElementsAre("The", "-", "final", "--", "countdown"));
}

TEST(PreTokenizerTest, ByteLevelPutsASpaceBeforeTheFirstWordOnlyWhenAsked) {
  EXPECT_THAT(PiecesOf(R"({"type": "ByteLevel", "add_prefix_space": true})", "a b"),
              ElementsAre(" a", " b"));
  EXPECT_THAT(PiecesOf(R"({"type": "ByteLevel", "add_prefix_space": false})", "a b"),
              ElementsAre("a", " b"));
}

TEST(PreTokenizerTest, WhatIsNotKnownIsRefusedByName) {
  const auto failure = [](const char* json) {
    return MakePreTokenizer(nlohmann::json::parse(json)).status().message();
  };
  EXPECT_THAT(failure(R"({"type": "UnicodeScripts"})"), HasSubstr("`UnicodeScripts`"));
  EXPECT_THAT(failure(R"({"type": "ByteLevel", "speed": 3})"), HasSubstr("`speed`"));
  EXPECT_THAT(failure(R"({"type": "Digits", "individual_digits": 1})"),
              HasSubstr("individual_digits must be true or false"));
  EXPECT_THAT(failure(R"({"type": "Punctuation", "behavior": "Melted"})"), HasSubstr("`Melted`"));
  EXPECT_THAT(failure(R"({"type": "Metaspace", "prepend_scheme": "first"})"), HasSubstr("`first`"));
  EXPECT_THAT(failure(R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"},
                          {"type": "Whitespace"}]})"),
              HasSubstr("ByteLevel must be the last"));
  EXPECT_THAT(failure("[1]"), HasSubstr("must be an object"));
}

}  // namespace
}  // namespace tideway::tokens
