// diff: what became of the rows of one dataset in another, by a key that is in each row once.
//
//   ARROW_ASSIGN_OR_RAISE(const Difference diff, Diff(before, after, {"id"}, run));
//
// Both are read once, and lie in stores, in the scratch folder beyond what memory holds. Keys meet
// by KeyPartitions; the rows of a key are then compared cell by cell, in pieces of bounded size.
// Nulls are equal to each other, in keys too; so are NaNs, and 0.0 and -0.0. What comes out is the
// same for any number of workers. Blocks while the plans run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

struct Difference {
  int64_t before_rows = 0;
  int64_t after_rows = 0;
  int64_t added = 0;
  int64_t removed = 0;
  int64_t changed = 0;
  // Columns that are no keys, with the rows in which each changed.
  std::vector<std::pair<std::string, int64_t>> columns = {};
  NodePtr added_rows = {};    // in the order of `after`
  NodePtr removed_rows = {};  // in the order of `before`
  // In the order of `after`: the key, `changed` (the names of the columns, "a, b"), and for every
  // other column `<name>_before` and `<name>_after`.
  NodePtr changed_rows = {};
};

// With run.options().check_only the counts are 0 and nothing runs. Errors: usage (no key, a key
// that has no order), data (columns that differ; a key that is in several rows, with their number).
Result<Difference> Diff(NodePtr before, NodePtr after, const std::vector<std::string>& key,
                        RunContext& run);

}  // namespace tideway::dataset
