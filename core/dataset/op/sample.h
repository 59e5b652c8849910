// sample: some of the rows, the same ones for the same seed, in their order.
//
// Every row has a hash of (seed, key), where the key is its values in some columns or else its
// position; with weights, sample_hash.h tells which. With `n`, the n rows with the smallest hashes
// are taken, equal ones by position: exactly n, without replacement, or all rows when there are no
// more. With `fraction`, each row whose hash lies in that share of the range: about that many rows,
// and whether a row is taken does not depend on the others. By key, a sample does not depend on the
// order of rows either (as long as keys are distinct).
//
// With `per`, so many rows of each combination of values of those columns (null is a value like any
// other). There, and with weights, a fraction is an exact number too: rounded to the nearest,
// halves up.
//
// A barrier: rows that may still be taken are kept in a BatchStore, about n * (1 + ln(rows / n)) of
// them; all rows where it is per stratum.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

struct SampleOptions {
  std::optional<int64_t> n = {};        // exactly one of these two
  std::optional<double> fraction = {};  // 0 to 1
  uint64_t seed = 0;
  std::vector<std::string> key = {};  // columns without nulls; empty: the row's position
  std::vector<std::string> per = {};  // columns; empty: all rows are one stratum
  std::string weights = {};           // a column of numbers; empty: all rows weigh the same
};

// An error of kind usage unless exactly one of n and fraction is set, and in range. A null key
// and a weight that is none are errors of kind data when the plan runs.
Result<NodePtr> MakeSample(NodePtr input, SampleOptions options);

}  // namespace tideway::dataset
