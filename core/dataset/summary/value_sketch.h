// How numbers are distributed, kept in bins of a constant relative width: what quantiles, drift and
// charts are told by, in one pass and bounded memory.
//
// Each power of two is cut into 128 bins of equal width, on both sides of zero, which has a bin of
// its own: a number and its bin's ends differ by less than 1 / 128 of it, and whole numbers up to
// 256 have a bin each. (A histogram of the same kind as HdrHistogram, and as DDSketch, Masson, Rim
// and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
// 2019.) Counts are exact, so that what comes out does not depend on the order, nor on how numbers
// are put into parts. At most 2^19 bins; of real data some thousand. Threads: one per object.
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace tideway::dataset {

class ValueSketch {
 public:
  // Must be finite.
  void Add(double value, int64_t count = 1);
  void Merge(const ValueSketch& other);

  int64_t count() const { return count_; }
  // Of what was added; infinity and its negative where nothing was.
  double min() const { return min_; }
  double max() const { return max_; }
  // Whether all were whole numbers.
  bool is_whole() const { return is_whole_; }
  int64_t bytes() const { return static_cast<int64_t>(counts_.size()) * 40; }

  // The numbers from `low` on, below `high` (below zero: above `low`, to `high`). `edge` is the end
  // nearer to zero: added again, it falls into the same bin.
  struct Bin {
    double edge;
    double low;
    double high;
    int64_t count;
  };
  // Those with numbers in them, in order.
  std::vector<Bin> Bins() const;
  // The number that stands for a bin: its middle, or the middle one of its whole numbers where all
  // are whole; within what was added.
  double ValueOf(const Bin& bin) const;
  // A number such that the share `q` of all, from 0 to 1, are not greater, off by at most 1 / 256
  // of it: ValueOf of the bin with number floor(q * (count - 1)). REQUIRES: count() > 0.
  double Quantile(double q) const;

  // What a sketch knows beside its bins, for one that is read from a file.
  void SetRange(double min, double max, bool is_whole);

 private:
  std::unordered_map<int32_t, int64_t> counts_;
  int64_t count_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
  bool is_whole_ = true;
};

}  // namespace tideway::dataset
