#include "core/dedup/shingles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "core/dedup/shingle_set.h"

namespace tideway::dedup {
namespace {

using internal::CharacterAt;
using internal::FindWordBits;
using internal::kBlockBytes;
using internal::kBrokenByte;

ShingleSet Words(std::string_view text, int ngram = 5) {
  Shingler shingler({.unit = Unit::kWords, .ngram = ngram});
  return ShinglesOf(text, shingler);
}

ShingleSet Characters(std::string_view text, int ngram) {
  Shingler shingler({.unit = Unit::kCharacters, .ngram = ngram});
  return ShinglesOf(text, shingler);
}

std::string Numbers(int from, int to, const std::string& between = " ") {
  std::string text;
  for (int i = from; i < to; ++i) text += "word" + std::to_string(i) + between;
  return text;
}

TEST(WordBitsTest, EveryInstructionSetFindsWhatThePortableOneFinds) {
  std::mt19937_64 random(5);
  std::vector<uint8_t> bytes(64 * kBlockBytes);
  const auto expect_same = [&](FindWordBits find) {
    std::vector<uint64_t> expected(64), got(64);
    const bool wide = internal::FindWordBitsPortable(bytes.data(), 64, expected.data());
    EXPECT_EQ(find(bytes.data(), 64, got.data()), wide);
    EXPECT_EQ(got, expected);
  };
  for (int round = 0; round < 50; ++round) {
    for (uint8_t& byte : bytes)
      byte = static_cast<uint8_t>(random() % (round % 2 == 0 ? 256 : 128));
    expect_same(internal::BestFindWordBits());
#ifdef __x86_64__
    expect_same(internal::FindWordBitsSse2);
    if (__builtin_cpu_supports("avx2")) expect_same(internal::FindWordBitsAvx2);
    if (__builtin_cpu_supports("avx512bw")) expect_same(internal::FindWordBitsAvx512);
#endif
  }
}

TEST(CharacterTest, BrokenBytesAreCharactersOfTheirOwn) {
  const auto at = [](std::string_view text) {
    const auto* begin = reinterpret_cast<const uint8_t*>(text.data());
    const auto character = CharacterAt(begin, begin + text.size());
    return std::pair(character.code_point, character.bytes);
  };
  EXPECT_EQ(at("a"), std::pair(0x61U, 1U));
  EXPECT_EQ(at("\u00e9"), std::pair(0xE9U, 2U));
  EXPECT_EQ(at("\u20ac"), std::pair(0x20ACU, 3U));
  EXPECT_EQ(at("\U0001f600"), std::pair(0x1F600U, 4U));
  for (const std::string_view broken :
       {"\x80", "\xff", "\xc3", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xe9t\xe9"}) {
    EXPECT_EQ(at(broken), std::pair(kBrokenByte + static_cast<uint8_t>(broken[0]), 1U)) << broken;
  }
}

TEST(ShinglesTest, AreTheRunsOfWords) {
  EXPECT_EQ(Words(Numbers(0, 100)).size(), 96U);
  EXPECT_EQ(Words(Numbers(0, 100), 1).size(), 100U);
  EXPECT_EQ(Words(Numbers(0, 5)).size(), 1U);
  EXPECT_EQ(Words(Numbers(0, 100) + Numbers(0, 100)).size(), 100U);
}

TEST(ShinglesTest, WhatIsBetweenWordsDoesNotCount) {
  EXPECT_EQ(Words(Numbers(0, 50)), Words("(" + Numbers(0, 50, ");\n\t<")));
  EXPECT_EQ(Words(Numbers(0, 50)), Words(Numbers(0, 50, " \u2014\u00a0\u3000")));
  EXPECT_NE(Words(Numbers(0, 50)), Words(Numbers(0, 50, "\u00e9 ")));
}

TEST(ShinglesTest, CaseAndDigitsCount) {
  EXPECT_NE(Words("int main void return zero"), Words("int Main void return zero"));
  EXPECT_NE(Words("1 2 3 4 5"), Words("1 2 3 4 6"));
  EXPECT_EQ(Words("a_b c", 1).size(), 2U);
}

TEST(ShinglesTest, ShortTextsAreOneShingleThatNoLongerTextHas) {
  EXPECT_EQ(Words("one two").size(), 1U);
  EXPECT_NE(Words("one two"), Words("one two three"));
  EXPECT_NE(Words("one two"), Words("two one"));
  EXPECT_EQ(Words("one two"), Words("  one, two."));
}

TEST(ShinglesTest, TextsWithoutWordsHaveNone) {
  for (const char* text : {"", " ", "\n\n\t", "{};", "\u2014 \u3000"}) {
    EXPECT_TRUE(Words(text).empty()) << text;
  }
  EXPECT_TRUE(Characters("", 3).empty());
}

TEST(ShinglesTest, BytesThatAreNotUtf8TellTextsApart) {
  EXPECT_NE(Words("caf\xe9 one two"), Words("caf\xe8 one two"));
  EXPECT_NE(Words("\xb0\xa1\xb0\xa2"), Words("\xb0\xa1\xb0\xa3"));
  EXPECT_EQ(Words("caf\xe9 au", 1).size(), 2U);
}

TEST(ShinglesTest, AreTheSameWhereverWindowsEnd) {
  // Words, and characters of several bytes, at every offset around the end of a window of 16 KiB.
  const std::string tail = "caf\u00e9 \u65e5\u672c\u8a9e \u2014 na\u00efve end of it all";
  const ShingleSet expected = Words("x " + tail, 2);
  for (size_t offset = 16384 - 80; offset < 16384 + 4; ++offset) {
    const std::string text = "x" + std::string(offset, ' ') + tail;
    ASSERT_EQ(Words(text, 2), expected) << offset;
  }
}

TEST(ShinglesTest, LongWordsAndTheEndOfTheTextAreReadWhole) {
  std::set<uint64_t> seen;
  for (size_t size = 1; size <= 40; ++size) {
    const std::string word(size, 'a');
    EXPECT_EQ(Words(word, 1), Words(word + " ", 1));
    EXPECT_EQ(Words(word, 1), Words(word + "                         .", 1));
    seen.insert(Words(word, 1).at(0));
  }
  EXPECT_EQ(seen.size(), 40U);
}

TEST(ShinglesTest, CharactersAreCodePoints) {
  EXPECT_EQ(Characters("abcdef", 3).size(), 4U);
  EXPECT_EQ(Characters("\u65e5\u672c\u8a9e\u6587", 3).size(), 2U);
  EXPECT_NE(Characters("a b c", 3), Characters("abc", 3));
  EXPECT_EQ(Characters(std::string(10000, 'a') + "b", 3).size(), 2U);
}

TEST(ShingleSetTest, IsSortedAndHoldsEachOnce) {
  std::mt19937_64 random(3);
  for (const int words : {10, 70, 1000, 30000}) {
    std::string text;
    for (int i = 0; i < words; ++i) text += "w" + std::to_string(random() % 50) + " ";
    const ShingleSet set = Words(text, 2);
    EXPECT_TRUE(std::is_sorted(set.begin(), set.end()));
    EXPECT_EQ(std::set<uint64_t>(set.begin(), set.end()).size(), set.size());
  }
}

TEST(SimilarityTest, IsJaccardsIndexFromTheThreshold) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 2000; ++round) {
    std::set<uint64_t> a, b;
    const uint64_t range = 2 + random() % 400;
    for (uint64_t i = 0; i < 1 + random() % 300; ++i) {
      const uint64_t value = random() % range;
      if (random() % 20 != 0) a.insert(value);
      if (random() % 20 != 0) b.insert(value);
    }
    if (a.empty() || b.empty()) continue;
    size_t both = 0;
    for (const uint64_t value : a) both += b.count(value);
    const double jaccard =
        static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
    const ShingleSet left(a.begin(), a.end()), right(b.begin(), b.end());
    const auto found = SimilarityFrom(0.85, left, right);
    EXPECT_EQ(found.has_value(), jaccard >= 0.85);
    EXPECT_EQ(found.value_or(jaccard), jaccard);
    EXPECT_EQ(SimilarityFrom(0.85, right, left), found);
  }
}

TEST(SimilarityTest, AtTheThresholdIsSimilar) {
  ShingleSet a, b;
  for (uint64_t i = 0; i < 20; ++i) a.push_back(i);
  for (uint64_t i = 3; i < 20; ++i) b.push_back(i);
  EXPECT_EQ(SimilarityFrom(0.85, a, b), 17.0 / 20);
  EXPECT_EQ(SimilarityFrom(0.8500001, a, b), std::nullopt);
}

}  // namespace
}  // namespace tideway::dedup
