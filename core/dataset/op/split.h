// split: shares the rows out into named parts, at random by a seed, each part in the order of the
// rows.
//
//   ARROW_ASSIGN_OR_RAISE(auto parts, MakeSplit(rows, {.parts = {{"train", "0.8"}, {"test",
//   "0.2"}}})); Execute(*parts[0].second, train_sink, run);
//
// Row by row: exact sizes (split_sizes.h). Rows go by the hash of (position, seed), those with the
// smallest into the first part, and so on; so the choice depends on the rows' order and number, the
// seed and the shares. With `stratify`, every combination of values of those columns is in the same
// proportion in each part (null is a value like any other). A class of fewer rows than there are
// parts is in some of them only: by largest remainder, which favours the largest part.
//
// With `group`, rows that are equal in those columns (nulls too) are in one part, and sizes and
// classes as near to the exact ones as that allows (group_parts.h).
//
// With `key`, a row's part is where the hash of (its values in those columns, seed) falls when the
// parts have their shares of all hashes: other rows have no say in it, so that it stays when rows
// are added, and sizes are about what the shares say.
//
// A part above its cap keeps the rows with the smallest hashes, of each class its proportion when
// rows are placed row by row. Rows in no part (shares that sum to less than 1) are counted as
// dropped, and so are those above a cap.
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
  std::vector<std::string> stratify = {};  // columns; empty: none
  std::vector<std::string> group = {};     // columns; empty: none
  std::vector<std::string> key = {};       // columns without nulls; empty: not by hash
  bool every_stratum = false;              // a stratum that a part has nothing of is an error
  uint64_t seed = 0;
};

// The parts by name, in the order of shares, largest first. Errors: as SortParts; of kind usage for
// options that do not go together. When the plan runs, of kind data for a null key, and for a
// stratum that is not in every part where that is asked for.
Result<std::vector<std::pair<std::string, NodePtr>>> MakeSplit(NodePtr input, SplitOptions options);

// The Arrow bytes (byte_count.h) of the rows of a part that MakeSplit gave, counted without making
// them, so that a writer can cut its files evenly; nothing for another plan. Makes the split if it
// is not made yet.
Result<std::optional<int64_t>> PartBytes(const Node& plan, RunContext& run);

}  // namespace tideway::dataset
