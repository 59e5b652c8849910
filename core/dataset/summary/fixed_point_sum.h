// The sum of any number of doubles, exact until it is read: the same for any order and grouping.
//
// A fixed-point number wide enough for every double, in limbs of 32 bits that carry late: quick for
// many values and too large for many sums, for which there is op/exact_sum.h. Values must be
// finite. Threads: one per object.
#pragma once

#include <array>
#include <cstdint>

namespace tideway::dataset {

class FixedPointSum {
 public:
  void Add(double value);
  void Merge(const FixedPointSum& other);
  // The sum divided by `count`, which is above 0.
  double Mean(int64_t count) const;

 private:
  static constexpr int kLowest = -1074;  // the exponent of the last bit of the smallest double
  static constexpr int kLimbBits = 32;
  static constexpr int kLimbs = (1024 - kLowest + 64) / kLimbBits + 2;

  void Carry();

  std::array<int64_t, kLimbs> limbs_{};
  int64_t pending_ = 0;  // additions since the last carry
};

}  // namespace tideway::dataset
