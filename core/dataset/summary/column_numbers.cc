#include "core/dataset/summary/column_numbers.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <string_view>

namespace tideway::dataset {
namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;

bool IsNarrow(Type::type id) { return id == Type::DATE32 || id == Type::TIME32; }

int64_t Characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

// Calls `visit` with the row and the length of each text, bytes or list.
template <typename Visit>
void VisitLengths(const arrow::Array& values, Visit&& visit) {
  const auto each = [&](const auto& typed, auto&& length) {
    for (int64_t row = 0; row < typed.length(); ++row) {
      if (typed.IsValid(row)) visit(row, length(typed, row));
    }
  };
  const auto size = [](const auto& typed, int64_t row) -> int64_t {
    return typed.value_length(row);
  };
  const auto characters = [](const auto& typed, int64_t row) {
    return Characters(typed.GetView(row));
  };
  switch (values.type_id()) {
    case Type::STRING:
      return each(static_cast<const arrow::StringArray&>(values), characters);
    case Type::LARGE_STRING:
      return each(static_cast<const arrow::LargeStringArray&>(values), characters);
    case Type::BINARY:
      return each(static_cast<const arrow::BinaryArray&>(values), size);
    case Type::LARGE_BINARY:
      return each(static_cast<const arrow::LargeBinaryArray&>(values), size);
    case Type::LIST:
    case Type::MAP:
      return each(static_cast<const arrow::ListArray&>(values), size);
    case Type::LARGE_LIST:
      return each(static_cast<const arrow::LargeListArray&>(values), size);
    default:
      return;
  }
}

Result<std::shared_ptr<arrow::DoubleArray>> LengthsOf(const arrow::Array& values) {
  arrow::DoubleBuilder lengths;
  RETURN_NOT_OK(lengths.Reserve(values.length()));
  int64_t next = 0;
  VisitLengths(values, [&](int64_t row, int64_t length) {
    for (; next < row; ++next) lengths.UnsafeAppendNull();
    lengths.UnsafeAppend(static_cast<double>(length));
    ++next;
  });
  for (; next < values.length(); ++next) lengths.UnsafeAppendNull();
  std::shared_ptr<arrow::DoubleArray> array;
  RETURN_NOT_OK(lengths.Finish(&array));
  return array;
}

}  // namespace

NumberKind NumberKindOf(const arrow::DataType& type) {
  const auto id = type.id();
  if (arrow::is_integer(id) || arrow::is_decimal(id) || id == Type::BOOL || id == Type::FLOAT ||
      id == Type::DOUBLE) {
    return NumberKind::kNumbers;
  }
  if (arrow::is_date(id) || arrow::is_time(id) || id == Type::TIMESTAMP || id == Type::DURATION) {
    return NumberKind::kTimes;
  }
  if (arrow::is_base_binary_like(id) || arrow::is_list_like(id)) return NumberKind::kLengths;
  return NumberKind::kNone;
}

Result<std::shared_ptr<arrow::DoubleArray>> NumbersOf(const ArrayPtr& values) {
  const NumberKind kind = NumberKindOf(*values->type());
  if (kind == NumberKind::kLengths || kind == NumberKind::kNone) return LengthsOf(*values);
  ArrayPtr plain = values;
  if (kind == NumberKind::kTimes) {
    const auto whole = IsNarrow(values->type_id()) ? arrow::int32() : arrow::int64();
    ARROW_ASSIGN_OR_RAISE(plain, values->View(whole));
  }
  ARROW_ASSIGN_OR_RAISE(
      const ArrayPtr doubles,
      arrow::compute::Cast(*plain, arrow::float64(), arrow::compute::CastOptions::Unsafe()));
  return std::static_pointer_cast<arrow::DoubleArray>(doubles);
}

}  // namespace tideway::dataset
