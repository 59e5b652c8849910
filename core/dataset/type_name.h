// Types as scripts name them: in `returns = { n = "int64" }` and wherever an option declares a
// column's type.
//
// The names are Arrow's: int8 to int64, uint8 to uint64, float32, float64, bool, string,
// large_string, binary, date32, timestamp[s|ms|us|ns], timestamp[us, UTC]; and the everyday ones
// number (float64), boolean, text (string), date (date32), timestamp (timestamp[us]). What Arrow
// prints of a type that columns have (double, date32[day], decimal128(10, 2), duration[us],
// list<item: int64>, struct<a: int64>) gives that type too; dictionaries and maps do not.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string_view>

#include "core/base/error.h"

namespace tideway::dataset {

// A zone is UTC, an offset (+05:45) or a name in the machine's time zone database; where there is
// none, any Area/Location.
//
// Errors (kind usage): "unknown type `int46`; did you mean `int64`?", "unknown time zone
// `Mars/Base`".
Result<std::shared_ptr<arrow::DataType>> TypeFromName(std::string_view name);

}  // namespace tideway::dataset
