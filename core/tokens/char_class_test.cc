#include "core/tokens/char_class.h"

#include <gtest/gtest.h>

#include <map>

namespace tideway::tokens {
namespace {

TEST(CharClassTest, WhatIsKnownOfAsciiIsWhatTheTableSays) {
  for (uint32_t c = 0; c < 128; ++c) EXPECT_EQ(kAsciiClasses[c], CharClasses()[c]) << c;
}

// As counted over all characters by the tokenizers library 0.23.3, a class at a time.
TEST(CharClassTest, EachClassHasAsManyCharactersAsInTheLibrary) {
  std::map<uint32_t, int> counts;
  for (const uint16_t classes : CharClasses()) {
    for (uint32_t bit = 1; bit <= kIdeograph; bit <<= 1) counts[bit] += (classes & bit) != 0;
  }
  EXPECT_EQ(counts[kLetter], 141028);
  EXPECT_EQ(counts[kNumber], 1911);
  EXPECT_EQ(counts[kSpace], 25);
  EXPECT_EQ(counts[kMark], 2501);
  EXPECT_EQ(counts[kLeading], 1858 + 31 + 404 + 136477 + 2501);
  EXPECT_EQ(counts[kTrailing], 2258 + 404 + 136477 + 2501);
  EXPECT_EQ(counts[kSign], 855 + 8514);
  EXPECT_EQ(counts[kWord], 144667);
  EXPECT_EQ(counts[kNumeric], 1924);
  EXPECT_EQ(counts[kPunctuation], 726);
  EXPECT_EQ(counts[kControl], 137681);
  EXPECT_EQ(counts[kNonspacing], 1567);
  EXPECT_EQ(counts[kCombining], 2097);
  EXPECT_EQ(counts[kIdeograph], 81264);
}

}  // namespace
}  // namespace tideway::tokens
