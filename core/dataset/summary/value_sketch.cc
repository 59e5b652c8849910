#include "core/dataset/summary/value_sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tideway::dataset {
namespace {

// A double's sign, exponent and first seven bits of its fraction, as a number that sorts as the
// doubles do; zero, and what is less than the smallest bin, is 0.
constexpr int kDroppedBits = 52 - 7;

int32_t BinOf(double value) {
  const auto size = static_cast<int32_t>(std::bit_cast<uint64_t>(std::abs(value)) >> kDroppedBits);
  return value < 0 ? -size : size;
}

double EdgeOf(int32_t size) {
  return std::bit_cast<double>(static_cast<uint64_t>(size) << kDroppedBits);
}

ValueSketch::Bin MakeBin(int32_t bin, int64_t count) {
  if (bin == 0) return {0, 0, 0, count};
  const double near = EdgeOf(std::abs(bin));
  // The last bin's far end would be infinity.
  const double far = std::min(EdgeOf(std::abs(bin) + 1), std::numeric_limits<double>::max());
  if (bin < 0) return {-near, -far, -near, count};
  return {near, near, far, count};
}

// The middle one of the whole numbers from `low` on, below `high`.
double MiddleWhole(double low, double high) {
  const double first = std::ceil(low);
  return std::floor((first + std::max(first, std::ceil(high) - 1)) / 2);
}

}  // namespace

void ValueSketch::Add(double value, int64_t count) {
  counts_[BinOf(value)] += count;
  count_ += count;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  is_whole_ = is_whole_ && value == std::floor(value);
}

void ValueSketch::Merge(const ValueSketch& other) {
  for (const auto& [bin, count] : other.counts_) counts_[bin] += count;
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  is_whole_ = is_whole_ && other.is_whole_;
}

void ValueSketch::SetRange(double min, double max, bool is_whole) {
  min_ = min;
  max_ = max;
  is_whole_ = is_whole;
}

std::vector<ValueSketch::Bin> ValueSketch::Bins() const {
  std::vector<std::pair<int32_t, int64_t>> sorted(counts_.begin(), counts_.end());
  std::ranges::sort(sorted);
  std::vector<Bin> bins;
  bins.reserve(sorted.size());
  for (const auto& [bin, count] : sorted) bins.push_back(MakeBin(bin, count));
  return bins;
}

double ValueSketch::ValueOf(const Bin& bin) const {
  double value = bin.low + (bin.high - bin.low) / 2;
  if (is_whole_) {
    const double size = MiddleWhole(std::abs(bin.edge), std::max(-bin.low, bin.high));
    value = bin.low < 0 ? -size : size;
  }
  return std::clamp(value, min_, max_);
}

double ValueSketch::Quantile(double q) const {
  const auto rank = static_cast<int64_t>(std::floor(q * static_cast<double>(count_ - 1)));
  int64_t before = 0;
  const auto bins = Bins();
  for (const Bin& bin : bins) {
    before += bin.count;
    if (before > rank) return ValueOf(bin);
  }
  return max_;
}

}  // namespace tideway::dataset
