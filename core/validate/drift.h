// How far a distribution is from an earlier one.
//
//   psi   population stability index, the sum of (p - q) ln(p / q) over bins; shares below 0.0001
//         count as 0.0001 (Siddiqi, "Credit Risk Scorecards", 2006; the symmetric divergence of
//         Kullback and Leibler, 1951). Usual limits: 0.1 and 0.25
//   js    Jensen-Shannon divergence in bits, 0 to 1 (Lin, "Divergence measures based on the Shannon
//         entropy", 1991)
//   chi2  Pearson's statistic of homogeneity of two samples over bins that are not empty, and
//         chi2_p, the chance of so much or more by luck
//   ks    the greatest distance between the two distribution functions (Kolmogorov, Smirnov), and
//         ks_p, by the asymptotic series with Stephens' correction for small samples ("Use of the
//         Kolmogorov-Smirnov ... statistics", 1970). Numbers only; told at the ends of the bins of
//         value_sketch.h
//
// The bins of numbers are the tenths of the earlier version; those of categories the values of
// both. With much data every difference is significant: limits on psi, js and ks say how large it
// is, the p-values only whether it is one.
//
// Threads: functions are pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/summary/value_sketch.h"

namespace tideway::validate {

// Rows of the earlier version and of the new one, by bin.
using Bins = std::vector<std::pair<int64_t, int64_t>>;

double PopulationStability(const Bins& bins);
double JensenShannon(const Bins& bins);
struct SampleTest {
  double statistic = 0;
  double p = 1;
};
SampleTest ChiSquared(const Bins& bins);
SampleTest KolmogorovSmirnov(const dataset::ValueSketch& before, const dataset::ValueSketch& after);
// Both by the tenths of the earlier one; at most ten bins.
Bins Tenths(const dataset::ValueSketch& before, const dataset::ValueSketch& after);

// All of these for two columns of profiles (profile.h): {"psi": ..., "js": ..., "chi2": ...,
// "chi2_p": ..., "ks": ..., "ks_p": ...}, or for two entries of their "categories", with the values
// that are only in one: "new", "gone". An error of kind data for what is neither, and where one of
// them has too many values; of two kinds.
Result<nlohmann::ordered_json> DriftOf(const nlohmann::ordered_json& before,
                                       const nlohmann::ordered_json& after);

}  // namespace tideway::validate
