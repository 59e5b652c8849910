#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/value_parsing.h>

#include <cmath>
#include <utility>

#include "core/dataset/format/csv_column_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;
using arrow::internal::ParseValue;

constexpr int64_t kExactInFloat64 = int64_t{1} << 53;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

// -?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]+)? with at least one digit before the exponent.
// `whole`: without fraction and exponent.
bool IsNumber(std::string_view text, bool& whole) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const size_t integer = at;
  at = SkipDigits(text, at);
  const size_t integer_digits = at - integer;
  if (integer_digits > 1 && text[integer] == '0') return false;
  whole = at == text.size();
  bool digits = integer_digits > 0;
  if (at < text.size() && text[at] == '.') {
    const size_t end = SkipDigits(text, at + 1);
    if (end == at + 1) return false;
    digits = true;
    at = end;
  }
  if (!digits) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t end = SkipDigits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

bool IsBoolean(std::string_view text) {
  return text == "true" || text == "false" || text == "True" || text == "False" || text == "TRUE" ||
         text == "FALSE";
}

template <typename ArrowType, typename Value>
Result<bool> AppendParsed(arrow::ArrayBuilder& builder, std::string_view text) {
  Value value{};
  if (!ParseValue<ArrowType>(text.data(), text.size(), &value)) return false;
  RETURN_NOT_OK(
      static_cast<typename arrow::TypeTraits<ArrowType>::BuilderType&>(builder).Append(value));
  return true;
}

bool IsDirect(Type::type type) {
  return type == Type::INT64 || type == Type::DOUBLE || type == Type::BOOL || type == Type::STRING;
}

bool IsText(Type::type type) {
  return arrow::is_base_binary_like(type) || arrow::is_binary_view_like(type);
}

// The rows that cannot be cast to `type`, found by halving; `first` is the number of the first.
void AddBadRows(const arrow::Array& array, int64_t first,
                const std::shared_ptr<arrow::DataType>& type, std::vector<int64_t>& rows) {
  if (array.length() == 0 || arrow::compute::Cast(array, type).ok()) return;
  if (array.length() == 1) return rows.push_back(first);
  const int64_t half = array.length() / 2;
  AddBadRows(*array.Slice(0, half), first, type, rows);
  AddBadRows(*array.Slice(half), first + half, type, rows);
}

}  // namespace

uint8_t CsvKindsOf(std::string_view text) {
  bool whole = false;
  if (!IsNumber(text, whole)) return IsBoolean(text) ? kCsvBool : 0;
  if (whole && text != "-0") {
    int64_t value = 0;
    if (!ParseValue<arrow::Int64Type>(text.data(), text.size(), &value)) return 0;
    const bool exact = value >= -kExactInFloat64 && value <= kExactInFloat64;
    return static_cast<uint8_t>(exact ? kCsvInt | kCsvFloat : kCsvInt);
  }
  double value = 0;
  const bool parsed = ParseValue<arrow::DoubleType>(text.data(), text.size(), &value);
  return parsed && std::isfinite(value) ? kCsvFloat : 0;
}

std::shared_ptr<arrow::DataType> CsvTypeOf(uint8_t kinds, bool seen) {
  if (!seen) return arrow::utf8();
  if (kinds & kCsvInt) return arrow::int64();
  if (kinds & kCsvFloat) return arrow::float64();
  if (kinds & kCsvBool) return arrow::boolean();
  return arrow::utf8();
}

CsvColumn::CsvColumn(std::shared_ptr<arrow::DataType> type, const CsvNulls& nulls)
    : type_(std::move(type)), nulls_(nulls) {}

CsvColumn::~CsvColumn() = default;

Result<std::unique_ptr<CsvColumn>> CsvColumn::Make(const std::shared_ptr<arrow::DataType>& type,
                                                   const CsvNulls& nulls) {
  std::unique_ptr<CsvColumn> column(new CsvColumn(type, nulls));
  const auto built = IsDirect(type->id()) ? type : arrow::utf8();
  ARROW_ASSIGN_OR_RAISE(column->builder_, arrow::MakeBuilder(built));
  return column;
}

bool CsvColumn::IsNull(const CsvCell& cell) const {
  // In a column of text or bytes quotes say that the text is meant.
  if (cell.quoted && IsText(type_->id())) return false;
  return cell.text.empty() || (!nulls_.empty() && nulls_.contains(cell.text));
}

Result<bool> CsvColumn::Append(const CsvCell& cell) {
  if (IsNull(cell)) {
    RETURN_NOT_OK(builder_->AppendNull());
    return true;
  }
  const std::string_view text = CsvText(cell, scratch_);
  switch (type_->id()) {
    case Type::INT64:
      return AppendParsed<arrow::Int64Type, int64_t>(*builder_, text);
    case Type::DOUBLE:
      return AppendParsed<arrow::DoubleType, double>(*builder_, text);
    case Type::BOOL:
      return AppendParsed<arrow::BooleanType, bool>(*builder_, text);
    default:
      RETURN_NOT_OK(static_cast<arrow::StringBuilder&>(*builder_).Append(text));
      return true;
  }
}

Status CsvColumn::AppendNull() { return builder_->AppendNull(); }

Result<std::shared_ptr<arrow::Array>> CsvColumn::Finish(std::vector<int64_t>& bad_rows) {
  ARROW_ASSIGN_OR_RAISE(auto array, builder_->Finish());
  if (IsDirect(type_->id())) return array;
  auto converted = arrow::compute::Cast(*array, type_);
  if (converted.ok()) return converted;
  AddBadRows(*array, 0, type_, bad_rows);
  if (bad_rows.empty()) return converted.status();
  return nullptr;
}

}  // namespace tideway::dataset
