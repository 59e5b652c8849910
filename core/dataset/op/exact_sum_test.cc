#include "core/dataset/op/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace tideway::dataset {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double SumOf(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.Add(value);
  return sum.Value();
}

// Expected values are those of Python's math.fsum.
TEST(ExactSumTest, RoundsOnce) {
  EXPECT_EQ(SumOf({}), 0);
  EXPECT_EQ(SumOf({0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1.0);
  EXPECT_EQ(SumOf({1e100, 1.0, -1e100}), 1.0);
  EXPECT_EQ(SumOf({1e16, 1.0, 1e-16}), 1e16 + 2);
  EXPECT_EQ(SumOf({1e16, 1.0, -1e-16}), 1e16);
  EXPECT_EQ(SumOf({5e-324, 5e-324}), 1e-323);
}

TEST(ExactSumTest, DoesNotDependOnOrderOrParts) {
  std::mt19937_64 random(3);
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i) {
    const double mantissa = static_cast<double>(random()) / 1e19 - 0.9;
    values.push_back(std::ldexp(mantissa, static_cast<int>(random() % 400) - 200));
  }
  const double expected = SumOf(values);
  for (int round = 0; round < 20; ++round) {
    std::ranges::shuffle(values, random);
    EXPECT_EQ(SumOf(values), expected);
    ExactSum first, second;
    const size_t cut = random() % values.size();
    for (size_t i = 0; i < values.size(); ++i) (i < cut ? first : second).Add(values[i]);
    for (const double part : second.parts()) first.Add(part);
    EXPECT_EQ(first.Value(), expected);
  }
}

TEST(ExactSumTest, KeepsNaNAndInfinities) {
  EXPECT_TRUE(std::isnan(SumOf({1.0, std::nan(""), kInfinity})));
  EXPECT_TRUE(std::isnan(SumOf({kInfinity, 1.0, -kInfinity})));
  EXPECT_EQ(SumOf({1.0, kInfinity, 2.0}), kInfinity);
}

}  // namespace
}  // namespace tideway::dataset
