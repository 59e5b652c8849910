#include "core/validate/drift.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/dataset/summary/profile.h"

namespace tideway::validate {
namespace {

using dataset::ValueSketch;
using Json = nlohmann::ordered_json;

constexpr double kLeastShare = 0.0001;

struct Totals {
  double before = 0;
  double after = 0;
  bool has_none() const { return before == 0 || after == 0; }
};

Totals TotalsOf(const Bins& bins) {
  Totals totals;
  for (const auto& [before, after] : bins) {
    totals.before += static_cast<double>(before);
    totals.after += static_cast<double>(after);
  }
  return totals;
}

// The regularised upper incomplete gamma function Q(a, x): by its series below x = a + 1, by its
// continued fraction above (Abramowitz and Stegun, 6.5.29 and 6.5.31).
double UpperGamma(double a, double x) {
  if (x <= 0) return 1;
  const double factor = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (double n = a + 1; std::abs(term) > std::abs(sum) * 1e-16; ++n) sum += term *= x / n;
    return 1 - sum * factor;
  }
  // Lentz's way of computing it from the front.
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, fraction = d;
  for (int i = 1; i < 10'000; ++i) {
    const double numerator = -i * (i - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + numerator / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return factor * fraction;
}

// The chance that Kolmogorov's statistic is greater than `lambda`.
double KolmogorovTail(double lambda) {
  if (lambda < 0.2) return 1;  // to all digits
  double sum = 0, sign = 1;
  for (int j = 1; j <= 100; ++j, sign = -sign) {
    const double term = std::exp(-2.0 * j * j * lambda * lambda);
    sum += sign * term;
    if (term < 1e-16) break;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

// What to bin a number by: numbers of one bin have one edge.
using CountsByEdge = std::map<double, std::pair<int64_t, int64_t>>;

CountsByEdge ByEdge(const ValueSketch& before, const ValueSketch& after) {
  CountsByEdge counts;
  for (const auto& bin : before.Bins()) counts[bin.edge].first += bin.count;
  for (const auto& bin : after.Bins()) counts[bin.edge].second += bin.count;
  return counts;
}

Error Broken() {
  return Error(ErrorKind::kData, "drift: not two columns of profiles")
      .Hint("compare with what `tw.validate.profile` gave of the earlier version");
}

Result<std::map<std::string, int64_t>> CountsOf(const Json& categories) {
  std::map<std::string, int64_t> counts;
  if (categories["values"].is_null()) {
    return Error(ErrorKind::kData, "drift: more different values than a profile counts: " +
                                       categories.value("columns", Json()).dump())
        .Hint("compare its lengths, or a column with fewer values");
  }
  if (!categories["values"].is_array()) return Broken();
  for (const Json& value : categories["values"]) {
    if (!value.is_object() || !value.contains("value") || !value.contains("count") ||
        !value["count"].is_number_integer()) {
      return Broken();
    }
    counts[value["value"].dump()] += value["count"].get<int64_t>();
  }
  return counts;
}

Json DriftOfBins(const Bins& bins) {
  const SampleTest chi2 = ChiSquared(bins);
  return {{"psi", PopulationStability(bins)},
          {"js", JensenShannon(bins)},
          {"chi2", chi2.statistic},
          {"chi2_p", chi2.p}};
}

Result<Json> DriftOfCategories(const Json& before, const Json& after) {
  ARROW_ASSIGN_OR_RAISE(const auto earlier, CountsOf(before));
  ARROW_ASSIGN_OR_RAISE(const auto now, CountsOf(after));
  std::map<std::string, std::pair<int64_t, int64_t>> both;
  for (const auto& [value, count] : earlier) both[value].first = count;
  for (const auto& [value, count] : now) both[value].second = count;
  Bins bins;
  Json added = Json::array(), gone = Json::array();
  for (const auto& [value, counts] : both) {
    bins.push_back(counts);
    if (counts.first == 0) added.push_back(Json::parse(value));
    if (counts.second == 0) gone.push_back(Json::parse(value));
  }
  Json drift = DriftOfBins(bins);
  drift["new"] = std::move(added);
  drift["gone"] = std::move(gone);
  return drift;
}

}  // namespace

double PopulationStability(const Bins& bins) {
  const Totals totals = TotalsOf(bins);
  if (totals.has_none()) return 0;
  double sum = 0;
  for (const auto& [before, after] : bins) {
    if (before == 0 && after == 0) continue;
    const double p = std::max(static_cast<double>(after) / totals.after, kLeastShare);
    const double q = std::max(static_cast<double>(before) / totals.before, kLeastShare);
    sum += (p - q) * std::log(p / q);
  }
  return sum;
}

double JensenShannon(const Bins& bins) {
  const Totals totals = TotalsOf(bins);
  if (totals.has_none()) return 0;
  double sum = 0;
  const auto add = [&](double share, double middle) {
    if (share > 0) sum += share * std::log2(share / middle) / 2;
  };
  for (const auto& [before, after] : bins) {
    const double p = static_cast<double>(after) / totals.after;
    const double q = static_cast<double>(before) / totals.before;
    add(p, (p + q) / 2);
    add(q, (p + q) / 2);
  }
  return std::clamp(sum, 0.0, 1.0);
}

SampleTest ChiSquared(const Bins& bins) {
  const Totals totals = TotalsOf(bins);
  if (totals.has_none()) return {};
  const double all = totals.before + totals.after;
  double statistic = 0;
  int filled = 0;
  for (const auto& [before, after] : bins) {
    const auto row = static_cast<double>(before + after);
    if (row == 0) continue;
    ++filled;
    const double expected_before = row * totals.before / all;
    const double expected_after = row * totals.after / all;
    statistic += std::pow(static_cast<double>(before) - expected_before, 2) / expected_before;
    statistic += std::pow(static_cast<double>(after) - expected_after, 2) / expected_after;
  }
  if (filled < 2) return {};
  return {statistic, UpperGamma((filled - 1) / 2.0, statistic / 2)};
}

SampleTest KolmogorovSmirnov(const ValueSketch& before, const ValueSketch& after) {
  if (before.count() == 0 || after.count() == 0) return {};
  const auto n = static_cast<double>(before.count()), m = static_cast<double>(after.count());
  double greatest = 0;
  int64_t below_before = 0, below_after = 0;
  for (const auto& [edge, counts] : ByEdge(before, after)) {
    below_before += counts.first;
    below_after += counts.second;
    const double distance =
        std::abs(static_cast<double>(below_before) / n - static_cast<double>(below_after) / m);
    greatest = std::max(greatest, distance);
  }
  const double root = std::sqrt(n * m / (n + m));
  return {greatest, KolmogorovTail((root + 0.12 + 0.11 / root) * greatest)};
}

Bins Tenths(const ValueSketch& before, const ValueSketch& after) {
  constexpr int64_t kParts = 10;
  Bins bins(1);
  int64_t done = 0;
  for (const auto& [edge, counts] : ByEdge(before, after)) {
    bins.back().first += counts.first;
    bins.back().second += counts.second;
    done += counts.first;
    // The bin ends where its tenth does, or where the next number would bring it farther from that.
    const auto wanted = static_cast<int64_t>(bins.size());
    if (done < before.count() && done * kParts >= wanted * before.count() &&
        bins.back().first > 0 && wanted < kParts) {
      bins.emplace_back();
    }
  }
  return bins;
}

Result<Json> DriftOf(const Json& before, const Json& after) {
  if (!before.is_object() || !after.is_object()) return Broken();
  if (before.contains("values") && after.contains("values")) {
    return DriftOfCategories(before, after);
  }
  if (!before.contains("bins") || !after.contains("bins")) return Broken();
  ARROW_ASSIGN_OR_RAISE(const ValueSketch earlier, dataset::SketchOfJson(before));
  ARROW_ASSIGN_OR_RAISE(const ValueSketch now, dataset::SketchOfJson(after));
  Json drift = DriftOfBins(Tenths(earlier, now));
  const SampleTest ks = KolmogorovSmirnov(earlier, now);
  drift["ks"] = ks.statistic;
  drift["ks_p"] = ks.p;
  return drift;
}

}  // namespace tideway::validate
