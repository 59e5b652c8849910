#include "core/validate/fences.h"

#include <cmath>

namespace tideway::validate {
namespace {

using dataset::ValueSketch;
using Fences = std::optional<std::pair<double, double>>;

// How many times the distance is a standard deviation of a normal distribution.
constexpr double kOfMedianDistance = 1 / 0.6745;
constexpr double kOfMeanDistance = 1.253314;

Fences Around(double middle, double reach) {
  if (!(reach > 0)) return std::nullopt;
  return std::pair(middle - reach, middle + reach);
}

Fences MadFences(const ValueSketch& sketch, double limit) {
  const double median = sketch.Quantile(0.5);
  ValueSketch distances;
  double sum = 0;
  for (const auto& bin : sketch.Bins()) {
    const double distance = std::abs(sketch.ValueOf(bin) - median);
    if (!std::isfinite(distance)) return std::nullopt;
    distances.Add(distance, bin.count);
    sum += distance * static_cast<double>(bin.count);
  }
  const double mad = distances.Quantile(0.5);
  if (mad > 0) return Around(median, limit * mad * kOfMedianDistance);
  return Around(median, limit * kOfMeanDistance * sum / static_cast<double>(sketch.count()));
}

}  // namespace

Fences FencesOf(const ValueSketch& sketch, const OutlierRule& rule) {
  if (sketch.count() == 0) return std::nullopt;
  if (!rule.is_iqr) return MadFences(sketch, rule.limit);
  const double q1 = sketch.Quantile(0.25), q3 = sketch.Quantile(0.75);
  const double reach = rule.limit * (q3 - q1);
  if (!(reach > 0) || !std::isfinite(reach)) return std::nullopt;
  return std::pair(q1 - reach, q3 + reach);
}

}  // namespace tideway::validate
