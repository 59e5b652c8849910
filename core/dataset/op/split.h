// split: shares the rows out into named parts, at random by a seed, each part in the order of the
// rows; with `stratify`, every value of that column in the same proportion in each part (null is a
// value like any other).
//
//   ARROW_ASSIGN_OR_RAISE(auto parts, MakeSplit(rows, {.parts = {{"train", "0.8"}, {"test",
//   "0.2"}}})); Execute(*parts[0].second, train_sink, run);
//
// Sizes: split_sizes.h. Which rows: those with the smallest hashes of (position, seed) in the first
// part, and so on; so the choice depends on the rows' order and number, the seed and the shares.
// A class of fewer rows than there are parts is in some of them only: by largest remainder, which
// favours the largest part. Rows in no part (shares that sum to less than 1) are counted as
// dropped.
//
// A barrier: the first part that is opened, or asked for its number of rows, runs the input and
// keeps its rows for as long as any part lives; they are not kept twice when the run has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/dataset/node.h"
#include "core/dataset/op/split_sizes.h"

namespace tideway::dataset {

struct SplitOptions {
  std::vector<SplitPart> parts = {};
  std::string stratify = {};  // a column; empty: none
  uint64_t seed = 0;
};

// The parts by name, in the order of shares, largest first. Errors: as SortParts.
Result<std::vector<std::pair<std::string, NodePtr>>> MakeSplit(NodePtr input, SplitOptions options);

// The Arrow bytes (byte_count.h) of the rows of a part that MakeSplit gave, counted without making
// them, so that a writer can cut its files evenly; nothing for another plan. Makes the split if it
// is not made yet.
Result<std::optional<int64_t>> PartBytes(const Node& plan, RunContext& run);

}  // namespace tideway::dataset
