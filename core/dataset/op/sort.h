// Putting rows in order, and out of it. Both see all rows before they give the first; what memory
// does not hold lies in the scratch folder (sort_rows.h).
#pragma once

#include <cstdint>
#include <vector>

#include "core/dataset/node.h"
#include "core/dataset/op/row_key.h"

namespace tideway::dataset {

// Rows by their keys, the first key first, in the order that row_key.h tells; equal rows keep their
// order. Errors of kind usage: no keys; what RowKeys::Make refuses, when the schema is asked for.
Result<NodePtr> MakeSort(NodePtr input, std::vector<SortKey> keys);

// Rows in an order that depends on the seed and on their number alone.
NodePtr MakeShuffle(NodePtr input, uint64_t seed);

}  // namespace tideway::dataset
