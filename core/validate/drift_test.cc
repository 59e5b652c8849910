#include "core/validate/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "core/base/error.h"

namespace tideway::validate {
namespace {

using dataset::ValueSketch;
using Json = nlohmann::ordered_json;

// Values by scipy 1.11: chi2_contingency(correction=False), ks_2samp(method="asymp") agree to the
// digits given; psi and js by their formulas.
TEST(Drift, StatisticsHaveTheirTextbookValues) {
  const Bins bins = {{50, 30}, {30, 40}, {20, 30}};
  const double psi = (0.3 - 0.5) * std::log(0.3 / 0.5) + (0.4 - 0.3) * std::log(0.4 / 0.3) +
                     (0.3 - 0.2) * std::log(0.3 / 0.2);
  EXPECT_NEAR(PopulationStability(bins), psi, 1e-12);
  const SampleTest chi2 = ChiSquared(bins);
  EXPECT_NEAR(chi2.statistic, 8.428571428571429, 1e-9);
  EXPECT_NEAR(chi2.p, std::exp(-8.428571428571429 / 2), 1e-12);  // two degrees of freedom
  EXPECT_NEAR(JensenShannon({{1, 0}, {0, 1}}), 1, 1e-12);
}

TEST(Drift, ChiSquaredTailsAreThoseOfTheTables) {
  // 95 % and 99.9 % points of the distribution for 1, 5 and 30 degrees of freedom.
  const auto p_of = [](int degrees, double statistic) {
    // Two samples whose statistic is known: one bin differs from the others, which are equal.
    Bins bins(static_cast<size_t>(degrees), {1'000'000, 1'000'000});
    const double shift = std::sqrt(statistic / 2 * 1'000'000 * 2 / 2);
    bins[0] = {1'000'000 + static_cast<int64_t>(shift), 1'000'000 - static_cast<int64_t>(shift)};
    bins.push_back(
        {1'000'000 - static_cast<int64_t>(shift), 1'000'000 + static_cast<int64_t>(shift)});
    return ChiSquared(bins);
  };
  for (const auto& [degrees, point] : {std::pair(1, 3.841), {5, 11.070}, {30, 43.773}}) {
    const SampleTest test = p_of(degrees, point / 2);
    EXPECT_NEAR(test.statistic, point, 0.02);
    EXPECT_NEAR(test.p, 0.05, 0.001) << degrees;
  }
}

TEST(Drift, NothingIsNoDrift) {
  EXPECT_EQ(PopulationStability({}), 0);
  EXPECT_EQ(PopulationStability({{5, 0}}), 0);
  EXPECT_EQ(JensenShannon({{0, 7}}), 0);
  EXPECT_EQ(ChiSquared({{5, 5}}).p, 1);
  EXPECT_EQ(KolmogorovSmirnov({}, {}).statistic, 0);
}

ValueSketch Normal(double mean, int count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> values(mean, 1);
  ValueSketch sketch;
  for (int i = 0; i < count; ++i) sketch.Add(values(random));
  return sketch;
}

TEST(Drift, AResampleIsNoneAndAShiftIsOne) {
  const ValueSketch before = Normal(0, 20'000, 1);
  const ValueSketch again = Normal(0, 20'000, 2);
  const ValueSketch shifted = Normal(0.5, 20'000, 3);
  EXPECT_LT(PopulationStability(Tenths(before, again)), 0.01);
  EXPECT_GT(PopulationStability(Tenths(before, shifted)), 0.2);
  EXPECT_GT(KolmogorovSmirnov(before, again).p, 0.01);
  EXPECT_LT(KolmogorovSmirnov(before, shifted).p, 1e-9);
  // The true distance between the two is 2 * Phi(0.25) - 1.
  EXPECT_NEAR(KolmogorovSmirnov(before, shifted).statistic, 0.1974, 0.015);
}

TEST(Drift, KolmogorovsTailIsThatOfTheTables) {
  // 1.358 is the 5 % point: the samples are made so that the corrected statistic is near it.
  ValueSketch before, after;
  for (int i = 0; i < 10'000; ++i) before.Add(i % 2 == 0 ? 1 : 2);
  for (int i = 0; i < 10'000; ++i) after.Add(i < 5192 ? 1 : 2);
  const SampleTest ks = KolmogorovSmirnov(before, after);
  EXPECT_NEAR(ks.statistic, 0.0192, 1e-9);
  EXPECT_NEAR(ks.p, 0.05, 0.003);
}

TEST(Drift, TenthsHoldATenthEachWhereValuesAllowIt) {
  ValueSketch before;
  for (int i = 1; i <= 1000; ++i) before.Add(i);
  const Bins bins = Tenths(before, before);
  ASSERT_EQ(bins.size(), 10U);
  for (const auto& [earlier, now] : bins) {
    EXPECT_EQ(earlier, now);
    EXPECT_NEAR(static_cast<double>(earlier), 100, 8);
  }
  ValueSketch same;
  same.Add(3, 500);
  EXPECT_EQ(Tenths(same, before).size(), 1U);
  EXPECT_EQ(Tenths({}, before).size(), 1U);
}

Json Categories(const char* values) {
  return {{"columns", {"label"}}, {"values", Json::parse(values)}};
}

TEST(Drift, NewAndGoneValuesAreNamed) {
  const Json before = Categories(R"([{"value": ["a"], "count": 9}, {"value": ["b"], "count": 1}])");
  const Json after = Categories(R"([{"value": ["a"], "count": 8}, {"value": [null], "count": 2}])");
  const auto drift = DriftOf(before, after);
  ASSERT_TRUE(drift.ok()) << drift.status();
  EXPECT_EQ((*drift)["new"].dump(), R"([[null]])");
  EXPECT_EQ((*drift)["gone"].dump(), R"([["b"]])");
  EXPECT_EQ(DriftOf(before, before)->at("psi"), 0);
}

TEST(Drift, WhatCannotBeComparedIsAnError) {
  const Json values = Categories(R"([{"value": ["a"], "count": 1}])");
  const Json numbers = Json::parse(R"({"bins": []})");
  for (const auto& [before, after] :
       {std::pair(values, numbers),
        {Json(), values},
        {Json(1), Json(2)},
        {values, Categories("null")},
        {Categories("[1]"), values},
        {Categories(R"([{"value": ["a"], "count": "x"}])"), values}}) {
    EXPECT_EQ(KindOf(DriftOf(before, after).status()), ErrorKind::kData);
  }
}

}  // namespace
}  // namespace tideway::validate
