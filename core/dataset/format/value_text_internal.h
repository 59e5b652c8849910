// Single values as text: what JSON lines and CSV have in common.
//
// Integers and decimals exactly; floats in the fewest digits that read back as the same value,
// whole ones with ".0", and nan, inf, -inf; true and false. Dates and times as in ISO 8601:
// 2024-01-31, 12:00:00.500, 2024-01-31T12:00:00.500, PT90.500S, with as many digits of a second as
// the type has. A timestamp with a time zone is given in UTC: 2024-01-31T12:00:00Z.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tideway::dataset {

enum class ValueKind {
  kNull,     // of type null
  kBool,     // true, false
  kInteger,  // digits
  kFloat,    // digits, nan, inf
  kMoment,   // decimals, dates and times
  kText,     // UTF-8 as it is
  kOther,    // no single value, or bytes
};
// An extension type is what its storage is.
ValueKind KindOfValue(const arrow::DataType& type);

// Appends the value in row `row`, which is not null. The array must outlive it.
using AppendValue = std::function<void(int64_t row, std::string& out)>;
// For arrays of all kinds but kNull and kOther.
AppendValue ValueText(const arrow::Array& array);

// The storage of an extension array, others as they are.
std::shared_ptr<arrow::Array> StorageOf(std::shared_ptr<arrow::Array> array);
// The text in a row of an array of kind kText.
std::function<std::string_view(int64_t row)> TextsOf(const arrow::Array& array);
// Whether the value in `row` of an array of kind kFloat is neither NaN nor infinite.
std::function<bool(int64_t row)> FiniteIn(const arrow::Array& array);

}  // namespace tideway::dataset
