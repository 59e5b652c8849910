#include "core/dataset/summary/fixed_point_sum.h"

#include <cmath>

namespace tideway::dataset {
namespace {

// A limb holds so many additions of 33 bits without a carry.
constexpr int64_t kMostPending = int64_t{1} << 29;

}  // namespace

void FixedPointSum::Add(double value) {
  if (value == 0) return;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  // The 53 bits of the value as an integer, and the exponent of its last bit.
  auto bits = static_cast<uint64_t>(std::ldexp(std::abs(fraction), 53));
  int place = exponent - 53 - kLowest;
  if (place < 0) {  // a subnormal number: its last bits are 0
    bits >>= -place;
    place = 0;
  }
  constexpr uint64_t kMask = (uint64_t{1} << kLimbBits) - 1;
  const uint64_t low = (bits & kMask) << (place % kLimbBits);
  const uint64_t high = (bits >> kLimbBits) << (place % kLimbBits);
  const auto limb = static_cast<size_t>(place / kLimbBits);
  const int64_t sign = value < 0 ? -1 : 1;
  limbs_[limb] += sign * static_cast<int64_t>(low & kMask);
  limbs_[limb + 1] += sign * static_cast<int64_t>((low >> kLimbBits) + (high & kMask));
  limbs_[limb + 2] += sign * static_cast<int64_t>(high >> kLimbBits);
  if (++pending_ == kMostPending) Carry();
}

void FixedPointSum::Merge(const FixedPointSum& other) {
  FixedPointSum carried = other;
  carried.Carry();
  Carry();
  for (size_t i = 0; i < limbs_.size(); ++i) limbs_[i] += carried.limbs_[i];
  Carry();
}

// Leaves 32 bits in each limb but the last, which has the sign.
void FixedPointSum::Carry() {
  for (size_t i = 0; i + 1 < limbs_.size(); ++i) {
    const int64_t carry = limbs_[i] >> kLimbBits;
    limbs_[i] -= carry * (int64_t{1} << kLimbBits);
    limbs_[i + 1] += carry;
  }
  pending_ = 0;
}

double FixedPointSum::Mean(int64_t count) const {
  FixedPointSum sum = *this;
  sum.Carry();
  const bool negative = sum.limbs_.back() < 0;
  if (negative) {
    for (int64_t& limb : sum.limbs_) limb = -limb;
    sum.Carry();
  }
  // Of the wider type, whose range holds the sum of more of the largest doubles than there are.
  long double total = 0;
  for (size_t i = limbs_.size(); i-- > 0;) {
    if (sum.limbs_[i] == 0) continue;
    total += std::ldexp(static_cast<long double>(sum.limbs_[i]),
                        static_cast<int>(i) * kLimbBits + kLowest);
  }
  const auto mean = static_cast<double>(total / static_cast<long double>(count));
  return negative ? -mean : mean;
}

}  // namespace tideway::dataset
