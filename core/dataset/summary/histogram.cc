#include "core/dataset/summary/histogram.h"

#include <algorithm>
#include <cmath>

namespace tideway::dataset {
namespace {

// Bits of a bin's index: so that it is exact in a double and in an integer.
constexpr int kIndexBits = 50;

int64_t ShiftDown(int64_t index, int bits) { return index >> std::min(bits, 63); }

}  // namespace

int64_t Histogram::IndexOf(double value) const {
  return static_cast<int64_t>(std::floor(std::ldexp(value, -exponent_)));
}

void Histogram::AddToBin(double value, int64_t count) {
  const int fine = value == 0 ? least_exponent_ : std::ilogb(value) - kIndexBits;
  const int exponent = std::max(fine, least_exponent_);
  if (counts_.empty()) {
    exponent_ = exponent;
  } else if (exponent > exponent_) {
    Widen(exponent);
  }
  int64_t index = IndexOf(value);
  if (counts_.empty()) first_ = index;
  const auto span = [&] {
    const int64_t last = first_ + static_cast<int64_t>(counts_.size()) - 1;
    return std::max(index, last) - std::min(index, first_) + 1;
  };
  while (span() > kBins) {
    Widen(exponent_ + 1);
    index = IndexOf(value);
  }
  AddBin(index, count);
}

// REQUIRES: with it there are at most kBins.
void Histogram::AddBin(int64_t index, int64_t count) {
  if (index < first_) {
    counts_.insert(counts_.begin(), static_cast<size_t>(first_ - index), 0);
    first_ = index;
  }
  const auto at = static_cast<size_t>(index - first_);
  if (at >= counts_.size()) counts_.resize(at + 1);
  counts_[at] += count;
}

void Histogram::Widen(int exponent) {
  const int bits = exponent - exponent_;
  const int64_t first = ShiftDown(first_, bits);
  std::vector<int64_t> counts;
  for (size_t i = 0; i < counts_.size(); ++i) {
    const auto at = static_cast<size_t>(ShiftDown(first_ + static_cast<int64_t>(i), bits) - first);
    if (at >= counts.size()) counts.resize(at + 1);
    counts[at] += counts_[i];
  }
  exponent_ = exponent;
  first_ = first;
  counts_ = std::move(counts);
}

void Histogram::Merge(const Histogram& other) {
  if (other.counts_.empty()) return;
  if (counts_.empty()) {
    exponent_ = other.exponent_;
    first_ = other.first_;
    counts_ = other.counts_;
    return;
  }
  Histogram added = other;
  const auto span = [&] {
    const auto last = [](const Histogram& h) {
      return h.first_ + static_cast<int64_t>(h.counts_.size()) - 1;
    };
    return std::max(last(*this), last(added)) - std::min(first_, added.first_) + 1;
  };
  for (int exponent = std::max(exponent_, added.exponent_);; ++exponent) {
    if (exponent > exponent_) Widen(exponent);
    if (exponent > added.exponent_) added.Widen(exponent);
    if (span() <= kBins) break;
  }
  for (size_t i = 0; i < added.counts_.size(); ++i) {
    AddBin(added.first_ + static_cast<int64_t>(i), added.counts_[i]);
  }
}

std::vector<Histogram::Bar> Histogram::Bars(int64_t bars) const {
  const auto bins = static_cast<int64_t>(counts_.size());
  std::vector<Bar> all;
  if (bins == 0) return all;
  // Where bins are few, bars that differ by one would differ much.
  constexpr int64_t kMany = 16;
  const int64_t width = (bins + bars - 1) / bars;
  const bool many = bins >= kMany * bars;
  const int64_t count = many ? bars : (bins + width - 1) / width;
  const auto bin_of = [&](int64_t bar) { return many ? bar * bins / bars : bar * width; };
  const auto edge = [&](int64_t bin) {
    return std::ldexp(static_cast<double>(first_ + bin), exponent_);
  };
  for (int64_t number = 0; number < count; ++number) {
    Bar bar{edge(bin_of(number)), edge(bin_of(number + 1)), 0};
    for (int64_t bin = bin_of(number); bin < std::min(bin_of(number + 1), bins); ++bin) {
      bar.count += counts_[static_cast<size_t>(bin)];
    }
    all.push_back(bar);
  }
  return all;
}

}  // namespace tideway::dataset
