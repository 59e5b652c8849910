#include "core/dataset/op/split_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> Sizes(std::vector<SplitPart> parts, int64_t rows) {
  const Status status = SortParts(parts);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return PartSizes(parts, rows);
}

std::string Refusal(std::vector<SplitPart> parts) { return SortParts(parts).message(); }

const std::vector<SplitPart> kUsual = {{"test", "0.1"}, {"eval", "0.1"}, {"train", "0.8"}};

TEST(SplitSizesTest, PartsGoByShareThenName) {
  auto parts = kUsual;
  ASSERT_TRUE(SortParts(parts).ok());
  EXPECT_EQ(parts[0].name, "train");
  EXPECT_EQ(parts[1].name, "eval");
  EXPECT_EQ(parts[2].name, "test");
}

TEST(SplitSizesTest, EachCutRoundsTheRestUp) {
  EXPECT_THAT(Sizes(kUsual, 1523), ElementsAre(1218, 152, 153));
  EXPECT_THAT(Sizes(kUsual, 10), ElementsAre(8, 1, 1));
  EXPECT_THAT(Sizes(kUsual, 3), ElementsAre(2, 0, 1));
  EXPECT_THAT(Sizes(kUsual, 1), ElementsAre(0, 0, 1));
  EXPECT_THAT(Sizes(kUsual, 0), ElementsAre(0, 0, 0));
}

TEST(SplitSizesTest, DecimalsAreExact) {
  // In binary, 1 - 0.9 is a little below 0.1 and 0.7 + 0.2 + 0.1 a little below 1.
  EXPECT_THAT(Sizes({{"a", "0.9"}, {"b", "0.1"}}, 1'000'000'000'000),
              ElementsAre(900'000'000'000, 100'000'000'000));
  EXPECT_THAT(Sizes({{"a", "0.7"}, {"b", "0.2"}, {"c", "0.1"}}, 10), ElementsAre(7, 2, 1));
  EXPECT_THAT(Sizes({{"a", ShareText(0.1 + 0.2)}, {"b", "0.7"}}, 10), ElementsAre(7, 3));
  EXPECT_THAT(Sizes({{"a", "0.999999"}, {"b", "0.000001"}}, 1'000'000), ElementsAre(999'999, 1));
}

TEST(SplitSizesTest, ThirdsAreThirds) {
  const std::string third = ShareText(1.0 / 3);
  for (const int64_t rows : {3LL, 9LL, 999LL, 3'000'000'000LL}) {
    EXPECT_THAT(Sizes({{"a", third}, {"b", third}, {"c", third}}, rows),
                ElementsAre(rows / 3, rows / 3, rows / 3));
  }
}

TEST(SplitSizesTest, SharesBelowOneLeaveRowsOut) {
  EXPECT_THAT(Sizes({{"a", "0.5"}, {"b", "0.2"}}, 10), ElementsAre(5, 2));
  EXPECT_THAT(Sizes({{"a", "0.5"}, {"b", "0.2"}}, 11), ElementsAre(5, 2));
  EXPECT_THAT(Sizes({{"only", "0.25"}}, 4), ElementsAre(1));
  EXPECT_THAT(Sizes({{"only", "1"}}, 4), ElementsAre(4));
}

TEST(SplitSizesTest, BadSharesAreRefusedWithTheirValue) {
  EXPECT_EQ(Refusal({{"a", "0.8"}, {"b", "0.3"}}), "split: shares must sum to at most 1: 1.1");
  EXPECT_EQ(Refusal({{"a", "1"}, {"b", "0.000000000001"}}),
            "split: shares must sum to at most 1: 1.000000000001");
  EXPECT_EQ(Refusal({{"a", "0"}}), "split: share of `a` must be a number above 0, at most 1: 0");
  for (const char* share :
       {"-0.1", "1.5", "nan", "inf", "", ".", "1e-3", "0.1.2", "0,5", " 0.5", "00.5"}) {
    EXPECT_EQ(Refusal({{"a", share}}),
              std::string("split: share of `a` must be a number above 0, at most 1: ") + share);
  }
  EXPECT_EQ(Refusal({{"a", ShareText(1e-300)}}).substr(0, 24), "split: share of `a` must");
  EXPECT_EQ(Refusal({}), "split: no parts");
  EXPECT_EQ(Refusal({{"", "0.5"}}), "split: a part's name is empty");
  EXPECT_EQ(Refusal({{"a", "0.1"}, {"a", "0.2"}}), "split: part given twice: `a`");
  EXPECT_EQ(Refusal(std::vector<SplitPart>(256, {"a", "0.001"})), "split: at most 255 parts: 256");
}

TEST(SplitSizesTest, StrataShareEveryPartByLargestRemainder) {
  // 10 and 5 and 1 rows into 11, 3, 2.
  const auto spread = SpreadOverStrata({10, 5, 1}, {11, 3, 2});
  EXPECT_THAT(spread[0], ElementsAre(7, 2, 1));
  EXPECT_THAT(spread[1], ElementsAre(3, 1, 1));
  EXPECT_THAT(spread[2], ElementsAre(1, 0, 0));
}

TEST(SplitSizesTest, TotalsOfPartsAndStrataAreExact) {
  uint64_t state = 1;
  const auto next = [&state](int64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int64_t>(state >> 33) % below;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<int64_t> strata;
    for (int64_t i = 0, n = 1 + next(20); i < n; ++i) strata.push_back(next(100));
    const int64_t rows = std::reduce(strata.begin(), strata.end());
    const auto sizes = Sizes(kUsual, rows);
    const auto spread = SpreadOverStrata(strata, sizes);
    std::vector<int64_t> totals(sizes.size());
    for (size_t s = 0; s < strata.size(); ++s) {
      EXPECT_EQ(std::reduce(spread[s].begin(), spread[s].end()), strata[s]);
      for (size_t p = 0; p < sizes.size(); ++p) {
        EXPECT_GE(spread[s][p], 0);
        totals[p] += spread[s][p];
      }
    }
    EXPECT_EQ(totals, sizes);
  }
}

TEST(SplitSizesTest, HashesAreSharedExactly) {
  EXPECT_THAT(ShareEnds({{"a", "0.5"}, {"b", "0.25"}}),
              ElementsAre((uint64_t{1} << 63) - 1, (uint64_t{3} << 62) - 1));
  EXPECT_THAT(ShareEnds({{"a", "1"}}), ElementsAre(UINT64_MAX));
  const std::string third = ShareText(1.0 / 3);
  EXPECT_EQ(ShareEnds({{"a", third}, {"b", third}, {"c", third}})[2], UINT64_MAX);
  EXPECT_EQ(ShareEnds({{"a", "0.000000000000000001"}})[0], 17U);
}

TEST(SplitSizesTest, ManyStrataDoNotOverflow) {
  const int64_t large = 1'000'000'000'000;
  const auto spread = SpreadOverStrata({large, large}, {large, large / 2, large / 2});
  EXPECT_THAT(spread[0], ElementsAre(large / 2, large / 4, large / 4));
}

// scikit-learn itself, cutting train off and then the rest again, over many sizes and shares.
TEST(SplitSizesTest, AgreesWithScikitLearn) {
  std::istringstream expected(testing::Judge("judge_split.py", ""));
  std::string train, eval, test;
  int64_t rows = 0, a = 0, b = 0, c = 0;
  int cases = 0;
  while (expected >> rows >> train >> eval >> test >> a >> b >> c) {
    ASSERT_THAT(Sizes({{"train", train}, {"eval", eval}, {"test", test}}, rows),
                ElementsAre(a, b, c))
        << rows << " at " << train << ", " << eval << ", " << test;
    ++cases;
  }
  EXPECT_TRUE(expected.eof()) << expected.str().substr(0, 500);
  EXPECT_GT(cases, 800);
}

}  // namespace
}  // namespace tideway::dataset
