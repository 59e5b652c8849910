#include "core/validate/fences.h"

#include <gtest/gtest.h>

#include <random>

namespace tideway::validate {
namespace {

using dataset::ValueSketch;

ValueSketch SketchOf(const std::vector<double>& values) {
  ValueSketch sketch;
  for (const double value : values) sketch.Add(value);
  return sketch;
}

TEST(Fences, AreThoseOfTukey) {
  ValueSketch sketch;
  for (int i = 1; i <= 101; ++i) sketch.Add(i);
  const auto fences = FencesOf(sketch, {.is_iqr = true, .limit = 1.5});
  ASSERT_TRUE(fences);
  EXPECT_EQ(fences->first, 26 - 1.5 * 50);
  EXPECT_EQ(fences->second, 76 + 1.5 * 50);
}

TEST(Fences, AreThoseOfTheMedianDistance) {
  ValueSketch sketch;
  for (int i = 1; i <= 101; ++i) sketch.Add(i);
  // The median is 51, and that of the distances 25.
  const auto fences = FencesOf(sketch, {.limit = 3.5});
  ASSERT_TRUE(fences);
  EXPECT_NEAR(fences->second, 51 + 3.5 * 25 / 0.6745, 1e-9);
  EXPECT_NEAR(fences->first, 51 - 3.5 * 25 / 0.6745, 1e-9);
}

TEST(Fences, OfMostlyOneValueComeFromTheMeanDistance) {
  std::vector<double> values(98, 10);
  values.push_back(11);
  values.push_back(1000);
  const auto fences = FencesOf(SketchOf(values), {.limit = 3.5});
  ASSERT_TRUE(fences);
  EXPECT_LT(fences->second, 1000);
  EXPECT_GT(fences->second, 11);
  EXPECT_FALSE(FencesOf(SketchOf(values), {.is_iqr = true, .limit = 1.5}));
}

TEST(Fences, OneValueOrNoneHasNone) {
  for (const bool is_iqr : {false, true}) {
    EXPECT_FALSE(FencesOf({}, {.is_iqr = is_iqr}));
    EXPECT_FALSE(FencesOf(SketchOf({7, 7, 7}), {.is_iqr = is_iqr}));
    const double greatest = std::numeric_limits<double>::max();
    EXPECT_FALSE(FencesOf(SketchOf({-greatest, greatest}), {.is_iqr = is_iqr}));
  }
}

TEST(Fences, FewOfANormalDistributionAreBeyond) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> values(100, 15);
  ValueSketch sketch;
  for (int i = 0; i < 50'000; ++i) sketch.Add(values(random));
  const auto fences = FencesOf(sketch, {.limit = 3.5});
  ASSERT_TRUE(fences);
  EXPECT_NEAR(fences->first, 100 - 3.5 * 15, 1.5);
  EXPECT_NEAR(fences->second, 100 + 3.5 * 15, 1.5);
}

}  // namespace
}  // namespace tideway::validate
