// Finding columns by name, with errors that help.
#pragma once

#include <arrow/type_fwd.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

// The index of column `name`, or an error of kind usage: "select: no column `mesage`; did you mean
// `message`?" with the columns there are as its hint; "select: column `id` occurs twice".
// `operation` is the first word of the message.
Result<int> ColumnIndex(const arrow::Schema& schema, std::string_view name,
                        std::string_view operation);
// `schema` with the type null for all columns but these.
SchemaPtr OnlyColumns(const arrow::Schema& schema, const std::vector<std::string>& columns);
// The names in order.
std::vector<std::string> ColumnNames(const arrow::Schema& schema);
// "a, b, c"
std::string JoinNames(const std::vector<std::string>& names);

}  // namespace tideway::dataset
