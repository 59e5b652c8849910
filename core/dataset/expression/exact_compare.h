// Compares integers with floats as the numbers they are: 9007199254740993 is not
// 9007199254740992.0, though both round to the same float.
#pragma once

#include <arrow/type_fwd.h>

#include <string_view>

#include "core/base/error.h"

namespace tideway::dataset {

// `name` is one of eq, ne, lt, le, gt, ge: "integers <name> floats", row by row. `integers` are
// int64 or uint64, `floats` float64, of equal length. Null where either is null; NaN compares as
// IEEE 754 says: it only differs.
Result<std::shared_ptr<arrow::Array>> CompareExactly(std::string_view name,
                                                     const arrow::Array& integers,
                                                     const arrow::Array& floats);
// The name for the same comparison with its sides exchanged: "lt" for "gt".
std::string_view Mirrored(std::string_view name);

}  // namespace tideway::dataset
