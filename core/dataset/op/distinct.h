// Each row once.
#pragma once

#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// The first of the rows that are equal in `columns` (as row_key.h tells: nulls are equal to each
// other, and so are NaNs), in the order of the input; empty `columns` are all. Sees all rows before
// it gives the first; what memory does not hold lies in the scratch folder, but for a bit a row.
// Errors of kind usage, when the schema is asked for: what RowKeys::Make refuses.
NodePtr MakeDistinct(NodePtr input, std::vector<std::string> columns);

}  // namespace tideway::dataset
