// A histogram of numbers whose range is not known beforehand, made in one pass.
//
// Numbers are counted in bins whose width is a power of two, the least one for which all of them
// lie in at most kBins. Bins of one width make up those of the next, so that counts stay exact, and
// what comes out does not depend on the order. Threads: one per object.
#pragma once

#include <cstdint>
#include <vector>

namespace tideway::dataset {

class Histogram {
 public:
  static constexpr int64_t kBins = 1024;

  // With `whole`, numbers are integers: no bin is narrower than 1.
  explicit Histogram(bool whole) : least_exponent_(whole ? 0 : -1074) {}
  // Must be finite.
  void Add(double value) { AddToBin(value, 1); }
  void Merge(const Histogram& other);

  // The numbers from `from` on, below `to`.
  struct Bar {
    double from;
    double to;
    int64_t count;
  };
  // At most `bars` bars over the whole range, of equal width (where that is many bins, to within
  // one); none without numbers. Where there are no more integers than bars, each has its own.
  std::vector<Bar> Bars(int64_t bars) const;

 private:
  void AddToBin(double value, int64_t count);
  void AddBin(int64_t index, int64_t count);
  void Widen(int exponent);
  int64_t IndexOf(double value) const;

  const int least_exponent_;
  int exponent_ = 0;   // of the bins' width
  int64_t first_ = 0;  // index of the first bin: its lower end divided by the width
  std::vector<int64_t> counts_;
};

}  // namespace tideway::dataset
