#include "core/dataset/expression/bound.h"

#include <arrow/array/util.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

using arrow::Datum;

// The value that `datum` has for the first row.
std::string ShowFirst(const Datum& datum) {
  if (datum.is_scalar()) return ShowScalar(*datum.scalar());
  if (datum.length() == 0) return "";
  auto value = datum.make_array()->GetScalar(0);
  return value.ok() ? ShowScalar(**value) : "";
}

Result<std::vector<Datum>> EvaluateAll(const std::vector<Bound>& arguments,
                                       const arrow::RecordBatch& batch) {
  std::vector<Datum> values;
  for (const Bound& argument : arguments) {
    ARROW_ASSIGN_OR_RAISE(values.emplace_back(), argument.evaluate(batch));
  }
  return values;
}

// A kernel refuses values by Invalid; all else (memory, a defect) is no row's fault.
Status KernelFailure(const Status& status, const std::string& text,
                     const std::vector<Datum>& values) {
  if (!status.IsInvalid()) return status;
  std::string shown;
  for (const Datum& value : values) shown += (shown.empty() ? "" : ", ") + ShowFirst(value);
  return Error(ErrorKind::kData, text + ": " + status.message() + ": " + shown);
}

Status CastFailure(const Status& status, const Datum& value, const arrow::DataType& type) {
  if (!status.IsInvalid()) return status;
  // Not shown: they may be a whole file, with whatever is in it.
  const arrow::Type::type from = value.type()->id();
  if (from == arrow::Type::BINARY || from == arrow::Type::LARGE_BINARY) {
    return Error(ErrorKind::kData, "bytes that are not UTF-8 do not fit " + type.ToString())
        .Hint("`decode` makes text of bytes in any encoding");
  }
  return Error(ErrorKind::kData, ShowFirst(value) + " does not fit " + type.ToString());
}

// The error of the first row that has one: `failed` is that of the whole batch.
Status FirstFailure(const Bound& bound, const arrow::RecordBatch& batch, const Status& failed) {
  int64_t good = 0, bad = batch.num_rows();  // the rows before `good` are; one before `bad` fails
  while (bad - good > 1) {
    const int64_t middle = good + (bad - good) / 2;
    (ColumnOf(bound, *batch.Slice(good, middle - good)).ok() ? good : bad) = middle;
  }
  const Status first = ColumnOf(bound, *batch.Slice(good, 1)).status();
  return first.ok() ? failed : AtRow(good, first);
}

}  // namespace

std::string ShowScalar(const arrow::Scalar& value) {
  constexpr size_t kShown = 60;
  if (!value.is_valid || !arrow::is_base_binary_like(value.type->id())) return value.ToString();
  const auto& bytes = static_cast<const arrow::BaseBinaryScalar&>(value);
  const std::string_view cut = CutText(bytes.view(), kShown);
  const std::string text =
      nlohmann::json(cut).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return cut.size() < bytes.view().size() ? text + "..." : text;
}

Bound BindLiteral(std::shared_ptr<arrow::Scalar> value, std::string text) {
  return {.type = value->type,
          .text = std::move(text),
          .literal = value,
          .values = {},
          .evaluate = [value](const arrow::RecordBatch&) -> Result<Datum> { return Datum(value); }};
}

Bound BindKernel(std::string text, TypePtr type, std::string function, std::vector<Bound> arguments,
                 std::shared_ptr<arrow::compute::FunctionOptions> options) {
  auto evaluate = [text, function = std::move(function), arguments = std::move(arguments),
                   options = std::move(options)](const arrow::RecordBatch& batch) -> Result<Datum> {
    ARROW_ASSIGN_OR_RAISE(const std::vector<Datum> values, EvaluateAll(arguments, batch));
    auto result = arrow::compute::CallFunction(function, values, options.get());
    if (!result.ok()) return KernelFailure(result.status(), text, values);
    return result;
  };
  return {.type = std::move(type),
          .text = std::move(text),
          .literal = nullptr,
          .values = {},
          .evaluate = std::move(evaluate)};
}

Bound BindCast(Bound value, const TypePtr& type) {
  if (value.type->Equals(*type)) return value;
  auto evaluate = [argument = std::move(value.evaluate),
                   type](const arrow::RecordBatch& batch) -> Result<Datum> {
    ARROW_ASSIGN_OR_RAISE(const Datum values, argument(batch));
    auto result = arrow::compute::Cast(values, type);
    if (!result.ok()) return CastFailure(result.status(), values, *type);
    return result;
  };
  return {.type = type,
          .text = std::move(value.text),
          .literal = nullptr,
          .values = {},
          .evaluate = std::move(evaluate)};
}

std::string TextOf(const arrow::Scalar& literal) {
  return std::string(static_cast<const arrow::BaseBinaryScalar&>(literal).view());
}

Result<std::shared_ptr<arrow::Array>> ColumnOf(const Bound& bound,
                                               const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const Datum result, bound.evaluate(batch));
  if (result.is_array()) return result.make_array();
  return arrow::MakeArrayFromScalar(*result.scalar(), batch.num_rows());
}

Result<std::shared_ptr<arrow::Array>> EvaluateColumn(const Bound& bound,
                                                     const arrow::RecordBatch& batch) {
  auto column = ColumnOf(bound, batch);
  if (column.ok() || KindOf(column.status()) != ErrorKind::kData) return column;
  return FirstFailure(bound, batch, column.status());
}

}  // namespace tideway::dataset
