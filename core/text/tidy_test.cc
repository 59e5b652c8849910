#include "core/text/tidy.h"

#include <gtest/gtest.h>

#include <random>

namespace tideway::text {
namespace {

TEST(TidyTest, WhiteSpaceAtTheEndsOfLinesGoes) {
  EXPECT_EQ(TidyString("a \t\n  b\n\t\nc  ", {}), "a\n  b\n\nc\n");
}

TEST(TidyTest, LineEndsStayWhatTheyAre) {
  EXPECT_EQ(TidyString("a \r\nb\t\r\n", {}), "a\r\nb\r\n");
  EXPECT_EQ(TidyString("a\r\nb", {}), "a\r\nb\r\n");
  EXPECT_EQ(TidyString("a\r b \n", {}), "a\r b\n");
  EXPECT_EQ(TidyString("a\r\r\nb\r", {}), "a\r\nb\r\n");
}

TEST(TidyTest, MoreBlankLinesThanAskedForGo) {
  EXPECT_EQ(TidyString("a\n\n\n\n\nb\n\n\nc\n", {}), "a\n\n\nb\n\n\nc\n");
  EXPECT_EQ(TidyString("a\n \n\t\n  \nb", {}), "a\n\n\nb\n");
  EXPECT_EQ(TidyString("a\n\n\nb\n", {.blank_lines = 0}), "a\nb\n");
  EXPECT_EQ(TidyString("\n\n\n\na\n", {.blank_lines = 1}), "\na\n");
}

TEST(TidyTest, TheEndIsOneLineEnd) {
  EXPECT_EQ(TidyString("a", {}), "a\n");
  EXPECT_EQ(TidyString("a\n\n \n", {}), "a\n");
  EXPECT_EQ(TidyString("a\n\n\n\n\n", {.final_newline = false}), "a\n\n\n");
  EXPECT_EQ(TidyString("a  ", {.final_newline = false}), "a");
}

TEST(TidyTest, TextOfNothingButWhiteSpaceBecomesEmpty) {
  EXPECT_EQ(TidyString("", {}), "");
  EXPECT_EQ(TidyString(" \t\n\r\n \n", {}), "");
}

TEST(TidyTest, NulBytesBrokenUtf8AndOtherSpacesStay) {
  const std::string text("a\0 b\x80\xff\f\n\u00a0\n", 11);
  EXPECT_EQ(TidyString(text, {}), text);
}

TEST(TidyTest, LineEndsAreKeptWhereTheyAreNotAskedFor) {
  EXPECT_EQ(TidyString("a \n \n \n \nb \n", {.line_ends = false}), "a \n \n \nb \n");
}

TEST(TidyTest, AgainChangesNothing) {
  std::mt19937 random(7);
  constexpr std::string_view kCharacters = "a \t\r\n\n";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t n = random() % 24; n > 0; --n) text += kCharacters[random() % kCharacters.size()];
    for (const bool line_ends : {true, false}) {
      for (const bool final_newline : {true, false}) {
        const TidyOptions options{line_ends, 1, final_newline};
        const std::string once = TidyString(text, options);
        ASSERT_EQ(TidyString(once, options), once) << ::testing::PrintToString(text);
      }
    }
  }
}

}  // namespace
}  // namespace tideway::text
