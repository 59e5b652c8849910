// One row for each group of rows with equal keys.
#pragma once

#include <string>
#include <vector>

#include "core/dataset/node.h"
#include "core/dataset/op/aggregate.h"

namespace tideway::dataset {

// The columns `keys`, with the cells of the first row of each group, then one for each aggregate;
// in the order of the keys (row_key.h). Nulls are equal to each other, and so are NaNs. No keys:
// one group of all rows, also where there are none. Sees all rows before it gives the first; what
// memory does not hold lies in the scratch folder.
// Errors of kind usage, when the schema is asked for: what RowKeys::Make and Aggregator::Make
// refuse, two columns of one name, nothing to compute.
NodePtr MakeGroupBy(NodePtr input, std::vector<std::string> keys,
                    std::vector<Aggregate> aggregates);

}  // namespace tideway::dataset
