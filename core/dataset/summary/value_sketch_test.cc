#include "core/dataset/summary/value_sketch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace tideway::dataset {
namespace {

ValueSketch SketchOf(const std::vector<double>& values) {
  ValueSketch sketch;
  for (const double value : values) sketch.Add(value);
  return sketch;
}

TEST(ValueSketch, WholeNumbersUpTo256AreExact) {
  ValueSketch sketch;
  for (int value = -256; value <= 256; ++value) sketch.Add(value, 3);
  EXPECT_EQ(sketch.Bins().size(), 513U);
  EXPECT_EQ(sketch.Quantile(0), -256);
  EXPECT_EQ(sketch.Quantile(0.5), 0);
  EXPECT_EQ(sketch.Quantile(1), 256);
  const auto bins = sketch.Bins();
  EXPECT_TRUE(std::ranges::all_of(bins, [](const auto& bin) { return bin.count == 3; }));
}

TEST(ValueSketch, QuantilesAreWithinOne256thOfTheTrueOnes) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> sizes(3, 4);
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) values.push_back((i % 3 == 0 ? -1 : 1) * sizes(random));
  const ValueSketch sketch = SketchOf(values);
  std::ranges::sort(values);
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0}) {
    const double truth = values[static_cast<size_t>(q * 19'999)];
    EXPECT_NEAR(sketch.Quantile(q), truth, std::abs(truth) / 256) << q;
  }
}

TEST(ValueSketch, BinsHoldWhatTheySay) {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> exponents(-300, 300);
  for (int i = 0; i < 1000; ++i) {
    const double value = (i % 2 == 0 ? 1 : -1) * std::pow(10, exponents(random));
    const auto bin = SketchOf({value}).Bins().at(0);
    EXPECT_LE(bin.low, value);
    EXPECT_GE(bin.high, value);
    EXPECT_LE(bin.high - bin.low, std::abs(value) / 128);
    EXPECT_EQ(SketchOf({bin.edge}).Bins().at(0).low, bin.low);
  }
}

TEST(ValueSketch, OrderAndPartsDoNotMatter) {
  const ValueSketch whole = SketchOf({1, -2, 3.5, 1e300, 0, 5e-324});
  ValueSketch parts = SketchOf({5e-324, 0, 1e300});
  parts.Merge(SketchOf({3.5, -2, 1}));
  EXPECT_EQ(whole.count(), parts.count());
  EXPECT_EQ(whole.min(), -2);
  EXPECT_EQ(parts.max(), 1e300);
  EXPECT_FALSE(parts.is_whole());
  for (const double q : {0.0, 0.3, 0.5, 0.9, 1.0}) EXPECT_EQ(whole.Quantile(q), parts.Quantile(q));
}

TEST(ValueSketch, TheGreatestDoubleHasABin) {
  const double greatest = std::numeric_limits<double>::max();
  const ValueSketch sketch = SketchOf({greatest, -greatest});
  EXPECT_EQ(sketch.Quantile(1), greatest);
  EXPECT_EQ(sketch.Quantile(0), -greatest);
  for (const auto& bin : sketch.Bins()) EXPECT_TRUE(std::isfinite(bin.high - bin.low));
}

TEST(ValueSketch, NothingHasNoBins) {
  EXPECT_EQ(ValueSketch().count(), 0);
  EXPECT_TRUE(ValueSketch().Bins().empty());
}

}  // namespace
}  // namespace tideway::dataset
