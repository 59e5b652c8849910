// mix: rows drawn from several datasets in given ratios.
//
// The row at each position comes from the input that a hash of (seed, position) chooses, with the
// probability that its ratio is of the sum of all; the rows of each input keep their order. So the
// rows are the same for any number of workers, any batches and any machine. Inputs stream side by
// side, a few batches of each in memory; where they may have to begin again, their rows are kept in
// a BatchStore as they come, and no plan runs twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

struct MixInput {
  std::string name;  // for errors and the plan's text
  NodePtr plan;
  double ratio = 1;  // above 0
};

struct MixOptions {
  enum class Stop {
    kFirst,  // after the last row of the first input that runs out; none, where one has no rows
    kAll,    // when each has run out once; those that do so earlier begin again
    kNever,  // each begins again until there are n rows
  };
  Stop stop = Stop::kFirst;
  std::optional<int64_t> n = {};  // at most so many rows; with kNever, exactly
  uint64_t seed = 0;
};

// The columns must be the same (merge_schemas.h). Errors of kind usage: no inputs, a ratio that is
// not above 0, a negative n, kNever without n. With kAll and kNever an input without rows is an
// error of kind data when the plan runs.
Result<NodePtr> MakeMix(std::vector<MixInput> inputs, MixOptions options);

}  // namespace tideway::dataset
