// The sum of floating-point numbers without any rounding but the last, so that it does not depend
// on their order, nor on how they are put into parts. Small, so that there may be very many.
//
// Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
// Predicates", 1997 (non-overlapping expansions); the last rounding as in Python's math.fsum.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tideway::dataset {

class ExactSum {
 public:
  void Add(double value);
  // NaN with a NaN or both infinities among the numbers, else the infinity; infinite too where a
  // sum on the way is beyond the largest double. 0.0 for no numbers.
  double Value() const;

  // What has been added, as numbers whose exact sum is the same: Add each to another sum.
  std::span<const double> parts() const { return parts_; }

 private:
  std::vector<double> parts_;  // finite ones do not overlap, the smallest first; or one that is not
};

}  // namespace tideway::dataset
