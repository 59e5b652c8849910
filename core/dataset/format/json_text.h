// Arrow values as JSON: objects of structs, in the order of their members, arrays of lists; UTF-8
// that is not escaped where it need not be; values as value_text_internal.h tells, dates, times and
// decimals as strings.
//
//   const AppendJson append = JsonText(array, "scores", not_finite);
//   RETURN_NOT_OK(append(row, text));
//
// Threads: a value of AppendJson may be called from one at a time. It holds its array.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::dataset {

// Appends the value in a row of one array, or "null".
using AppendJson = std::function<Status(int64_t row, std::string& out)>;
// The error for a NaN or an infinity, which JSON has not; `path` is its place: "scores[].mean".
using NotFinite = std::function<Status(const std::string& path, std::string_view value)>;

// REQUIRES: no map, union or bytes in the array's type, and no dictionaries or views.
AppendJson JsonText(const std::shared_ptr<arrow::Array>& array, const std::string& path,
                    const NotFinite& not_finite);

}  // namespace tideway::dataset
