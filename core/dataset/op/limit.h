// The first rows of a dataset, or all but the first, in their order.
//
//   ARROW_ASSIGN_OR_RAISE(NodePtr page, MakeSkip(plan, 100));
//   ARROW_ASSIGN_OR_RAISE(page, MakeLimit(page, 100));
//
// Where a stream tells how many rows a morsel has, a morsel of which no row is kept is not run.
// Elsewhere morsels are run to be counted: up to one per worker at once, ahead of need. Nothing is
// asked of a stream after the last row kept. Rows passed over go into the step, and do not come out
// of it; those after the last row kept do not go in.
#pragma once

#include "core/dataset/node.h"

namespace tideway::dataset {

// The first `rows` rows, or all when there are no more. An error of kind usage when negative.
Result<NodePtr> MakeLimit(NodePtr input, int64_t rows);
// All rows but the first `rows`. An error of kind usage when negative.
Result<NodePtr> MakeSkip(NodePtr input, int64_t rows);

}  // namespace tideway::dataset
