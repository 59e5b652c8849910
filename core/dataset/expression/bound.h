// An expression whose columns and types are known, and how it is computed.
//
// Thread safety: a Bound is a value that is not changed once it is made; any worker may evaluate
// it, several at once.
#pragma once

#include <arrow/compute/function_options.h>
#include <arrow/datum.h>
#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

using TypePtr = std::shared_ptr<arrow::DataType>;

struct Bound {
  TypePtr type;
  std::string text;                                    // as the script's author knows it
  std::shared_ptr<arrow::Scalar> literal;              // of a literal, else null
  std::vector<std::shared_ptr<arrow::Scalar>> values;  // of a list of literals
  // One value per row, or one scalar for all. An error of kind data is about one of the rows, and
  // tells the values of the first.
  std::function<Result<arrow::Datum>(const arrow::RecordBatch&)> evaluate;
};

Bound BindLiteral(std::shared_ptr<arrow::Scalar> value, std::string text);
// A call of an Arrow function, whose result has the type given.
Bound BindKernel(std::string text, TypePtr type, std::string function, std::vector<Bound> arguments,
                 std::shared_ptr<arrow::compute::FunctionOptions> options = nullptr);
// `value` as another type, or itself when it has that type. A value that the type does not hold
// exactly is an error when it is met: kind data, "`9007199254740993` does not fit double".
Bound BindCast(Bound value, const TypePtr& type);

// The text of a literal string.
std::string TextOf(const arrow::Scalar& literal);

// The values for the rows of `batch`.
Result<std::shared_ptr<arrow::Array>> ColumnOf(const Bound& bound, const arrow::RecordBatch& batch);
// The same. An error about one row says which (row_error.h).
Result<std::shared_ptr<arrow::Array>> EvaluateColumn(const Bound& bound,
                                                     const arrow::RecordBatch& batch);

// A value as messages and plans show it: text in quotes, cut when it is long.
std::string ShowScalar(const arrow::Scalar& value);

}  // namespace tideway::dataset
