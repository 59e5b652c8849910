#include "core/dataset/op/exact_sum.h"

#include <cmath>
#include <utility>

namespace tideway::dataset {
namespace {

bool IsSpecial(std::span<const double> parts) {
  return parts.size() == 1 && !std::isfinite(parts[0]);
}

}  // namespace

void ExactSum::Add(double value) {
  if (IsSpecial(parts_)) {
    if (!std::isfinite(value)) parts_[0] += value;
    return;
  }
  if (!std::isfinite(value)) {
    parts_.assign(1, value);
    return;
  }
  size_t kept = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    double part = parts_[i];
    if (std::fabs(value) < std::fabs(part)) std::swap(value, part);
    const double high = value + part;
    if (!std::isfinite(high)) {
      parts_.assign(1, high);
      return;
    }
    const double low = part - (high - value);
    if (low != 0) parts_[kept++] = low;
    value = high;
  }
  parts_.resize(kept);
  parts_.push_back(value);
}

double ExactSum::Value() const {
  if (parts_.empty()) return 0;
  if (IsSpecial(parts_)) return parts_[0];
  size_t at = parts_.size() - 1;
  double high = parts_[at], low = 0;
  while (at > 0) {
    const double before = high;
    const double part = parts_[--at];
    high = before + part;
    low = part - (high - before);
    if (low != 0) break;
  }
  // Half-way between two doubles, what is left below decides.
  if (at > 0 && low != 0 && (low < 0) == (parts_[at - 1] < 0)) {
    const double twice = low * 2;
    const double rounded = high + twice;
    if (twice == rounded - high) high = rounded;
  }
  return high;
}

}  // namespace tideway::dataset
