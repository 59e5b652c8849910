#include "core/app/traced_row.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/app/report.h"
#include "core/dataset/row_error.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;
using dataset::TracedRow;

constexpr size_t kMostBytes = 200;  // of a value in a line

std::shared_ptr<arrow::Scalar> ScalarOf(const arrow::Array& array) {
  return array.GetScalar(0).ValueOr(nullptr);
}

Json ValueJson(const arrow::Array& array) {
  const auto scalar = ScalarOf(array);
  if (scalar == nullptr || !scalar->is_valid) return nullptr;
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(*scalar).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(*scalar).value;
    case arrow::Type::DOUBLE:
      return static_cast<const arrow::DoubleScalar&>(*scalar).value;
    default:
      break;
  }
  if (arrow::is_base_binary_like(array.type_id())) {
    const auto& bytes = static_cast<const arrow::BaseBinaryScalar&>(*scalar);
    if (arrow::is_string(array.type_id())) return bytes.view();
    return fmt::format("{} bytes", bytes.view().size());
  }
  return scalar->ToString();
}

std::string ValueText(const arrow::Array& array) {
  const std::string text = DumpJson(ValueJson(array), -1);
  if (text.size() <= kMostBytes) return text;
  return std::string(dataset::CutText(text, kMostBytes)) + " ...";
}

bool SameValue(const arrow::Array& a, const arrow::Array& b) {
  const auto left = ScalarOf(a);
  const auto right = ScalarOf(b);
  return left != nullptr && right != nullptr &&
         left->Equals(*right, arrow::EqualOptions::Defaults().nans_equal(true));
}

// The column of that name in one of the rows that `row` was made of.
std::shared_ptr<arrow::Array> ColumnBefore(const TracedRow& row, const std::string& name) {
  for (const TracedRow& origin : row.origins) {
    if (auto column = origin.batch->GetColumnByName(name)) return column;
  }
  return nullptr;
}

size_t NameWidth(const arrow::RecordBatch& batch) {
  size_t width = 0;
  for (const auto& field : batch.schema()->fields()) width = std::max(width, field->name().size());
  return std::min<size_t>(width, 24);
}

// A line for each column that the step made or changed; `all`: for every column.
std::string ValuesText(const TracedRow& row, const std::string& indent, bool all) {
  std::string text;
  const size_t width = NameWidth(*row.batch);
  for (int i = 0; i < row.batch->num_columns(); ++i) {
    const std::string& name = row.batch->column_name(i);
    const arrow::Array& value = *row.batch->column(i);
    const auto before = all ? nullptr : ColumnBefore(row, name);
    if (before != nullptr && SameValue(value, *before)) continue;
    text += fmt::format("{}  {:{}} = {}", indent, name, width, ValueText(value));
    if (before != nullptr) text += ", was " + ValueText(*before);
    text += "\n";
  }
  return text;
}

void AppendSteps(const TracedRow& row, const std::string& indent, std::string& text) {
  text += fmt::format("{}{}: {}\n", indent, row.step,
                      row.place.empty() ? fmt::format("row {}", row.row + 1) : row.place);
  text += ValuesText(row, indent, row.origins.empty());
  const bool forks = row.origins.size() > 1 || row.more_origins > 0;
  for (const TracedRow& origin : row.origins) {
    AppendSteps(origin, forks ? indent + "    " : indent, text);
  }
  if (row.more_origins > 0) {
    text += fmt::format("{}    and {} more\n", indent, WithCommas(row.more_origins));
  }
}

Json StepJson(const TracedRow& row) {
  Json json = {{"step", row.step}, {"row", row.row + 1}};
  if (!row.place.empty()) json["place"] = row.place;
  Json values = Json::object();
  for (int i = 0; i < row.batch->num_columns(); ++i) {
    values[row.batch->column_name(i)] = ValueJson(*row.batch->column(i));
  }
  json["values"] = std::move(values);
  json["origins"] = Json::array();
  for (const TracedRow& origin : row.origins) json["origins"].push_back(StepJson(origin));
  if (row.more_origins > 0) json["more_origins"] = row.more_origins;
  return json;
}

}  // namespace

std::string TracedRowText(const std::string& title, const TracedRow& row) {
  std::string text = title + "\n" + ValuesText(row, "", true) + "\n";
  AppendSteps(row, "", text);
  return text;
}

Json TracedRowJson(Json json, const TracedRow& row) {
  json["trace"] = StepJson(row);
  return json;
}

}  // namespace tideway::app
