#include "core/tokens/tokenizer.h"

#include "core/tokens/bpe.h"
#include "core/tokens/invalid_utf8.h"
#include "core/tokens/testing_internal.h"

namespace tideway::tokens {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string FailureOf(const json& file) {
  const auto made = Tokenizer::FromJson(file.dump());
  EXPECT_FALSE(made.ok());
  EXPECT_EQ(KindOf(made.status()), ErrorKind::kData);
  return made.status().message();
}

TEST(TokenizerTest, BytesMergeByRankAndComeBack) {
  const auto tokenizer = Load(ByteLevelJson({{"o", "r"}, {"f", "or"}, {" ", "for"}}));
  EXPECT_EQ(Encode(*tokenizer, "for for"), (Ids{259, 260}));
  EXPECT_EQ(Encode(*tokenizer, "<s>for", true), (Ids{256, 256, 259, 257}));
  for (const std::string text : {"for \xF0\x9F\x91\xA9\u200D", "\0\r\n\x7F", " <s> ", ""}) {
    EXPECT_EQ(tokenizer->Decode(Encode(*tokenizer, text), {.special = true}), text);
  }
  EXPECT_EQ(tokenizer->Decode(Ids{256, 259, 257, 9999, -1}, {}), "for");
  EXPECT_EQ(tokenizer->ids(), 261);
  EXPECT_EQ(tokenizer->IdOf("<s>"), 256);
  EXPECT_EQ(tokenizer->TokenOf(260), "\u0120for");
  EXPECT_EQ(tokenizer->TokenOf(261), std::nullopt);
}

TEST(TokenizerTest, BytesThatAreHalfACharacterBecomeReplacements) {
  const auto tokenizer = Load(ByteLevelJson());
  EXPECT_EQ(tokenizer->Decode(Ids{0xE2, 0x82, 'a', 0xFF}, {}), "\uFFFDa\uFFFD");
}

TEST(TokenizerTest, WordPieceTakesTheLongestAndGivesUpOnTheWholeWord) {
  const auto tokenizer = Load(WordPieceJson({"un", "##aff", "##able", "##a", "a", "!"}));
  EXPECT_EQ(Encode(*tokenizer, "UNaffable! xa Á"), (Ids{1, 2, 3, 6, 0, 5}));
  EXPECT_EQ(tokenizer->Decode(Ids{1, 2, 3, 6}, {}), "unaffable!");
  EXPECT_EQ(Encode(*tokenizer, std::string(101, 'a')), (Ids{0}));
}

TEST(TokenizerTest, TextThatIsNoUtf8IsRefusedWithTheByte) {
  const auto tokenizer = Load(ByteLevelJson());
  TokenizerState state;
  IdBuffer ids;
  const Status status = tokenizer->Encode("ab\xC3(", {}, state, ids);
  EXPECT_EQ(status.message(), "tokens: text is not UTF-8: byte 2");
}

TEST(TokenizerTest, AWordThatIsTooLongIsRefused) {
  const auto tokenizer = Load(ByteLevelJson());
  TokenizerState state;
  IdBuffer ids;
  const std::string word(Bpe::kMaxWordBytes + 1, 'a');
  EXPECT_THAT(tokenizer->Encode(word, {}, state, ids).message(), HasSubstr("a word of 4.0 MiB"));
}

TEST(TokenizerTest, WhatTheFileHasWrongIsNamed) {
  EXPECT_THAT(Tokenizer::FromJson("{").status().message(), HasSubstr("no tokenizer.json"));
  EXPECT_THAT(FailureOf(json::array()), HasSubstr("must be an object"));
  EXPECT_THAT(FailureOf(json::object()), HasSubstr("model is missing"));
  json file = ByteLevelJson({{"a", "b"}});
  const auto with = [&](const char* pointer, const json& value) {
    json changed = file;
    changed[json::json_pointer(pointer)] = value;
    return FailureOf(changed);
  };
  EXPECT_THAT(with("/version", "2.0"), HasSubstr("version must be 1.0: 2.0"));
  EXPECT_THAT(with("/speed", 1), HasSubstr("`speed`"));
  EXPECT_THAT(with("/model/type", "Unigram"), HasSubstr("`Unigram`"));
  EXPECT_THAT(with("/model/dropout", 0.1), HasSubstr("dropout"));
  EXPECT_THAT(with("/model/vocab/x", -1), HasSubstr("`x`"));
  EXPECT_THAT(with("/model/vocab/xyz", 1), HasSubstr("have the same id: 1"));
  EXPECT_THAT(with("/model/vocab/xyz", 2'000'000'000), HasSubstr("most ids are unused"));
  EXPECT_THAT(with("/model/merges/0", "a"), HasSubstr("no pair of tokens"));
  EXPECT_THAT(with("/model/merges/0", json{"a", "zz"}), HasSubstr("`zz`"));
  EXPECT_THAT(with("/added_tokens/0/id", 7), HasSubstr("`<s>` has the id 7, but 256"));
  EXPECT_THAT(with("/normalizer", json{{"type", "Precompiled"}}), HasSubstr("`Precompiled`"));
  EXPECT_THAT(with("/decoder", json{{"type", "CTC"}}), HasSubstr("`CTC`"));
  EXPECT_THAT(with("/post_processor", json{{"type", "Pairs"}}), HasSubstr("`Pairs`"));
}

TEST(TokenizerTest, TheStateOfManyTextsChangesNothing) {
  const auto tokenizer = Load(ByteLevelJson({{"a", "b"}, {"ab", "ab"}, {"c", "d"}, {" ", "ab"}}));
  TokenizerState state;
  IdBuffer ids;
  std::string word;
  for (uint32_t i = 0; i < 300'000; ++i) {
    word = " ab" + std::to_string(i % 70'000) + std::string(i % 61, "abcd"[i % 4]);
    ids.Clear();
    ASSERT_TRUE(tokenizer->Encode(word, {}, state, ids).ok());
    if (i % 997 == 0) {
      ASSERT_EQ(Ids(ids.data(), ids.data() + ids.size()), Encode(*tokenizer, word)) << word;
    }
  }
}

TEST(InvalidUtf8Test, EachLongestStartOfACharacterBecomesOneReplacement) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xF0\x9F\x91z"), "a\uFFFDz");
  EXPECT_EQ(ReplaceInvalidUtf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xC0\xAF\xF5\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xE2\x82"), "\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("\u20AC\U0010FFFF"), "\u20AC\U0010FFFF");
  EXPECT_EQ(FirstInvalid("\u20AC\xE2\x82"), 3u);
}

}  // namespace
}  // namespace tideway::tokens
