#include "core/dataset/expression/exact_compare.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>

#include <cmath>
#include <compare>
#include <limits>

namespace tideway::dataset {
namespace {

template <typename Integer>
std::partial_ordering Compare(Integer integer, double number) {
  // The lowest integer and the first beyond the highest are powers of two, or 0: exact as floats.
  constexpr double kLowest = static_cast<double>(std::numeric_limits<Integer>::min());
  constexpr double kBeyond = 2.0 * static_cast<double>(std::numeric_limits<Integer>::max() / 2 + 1);
  if (std::isnan(number)) return std::partial_ordering::unordered;
  if (number >= kBeyond) return std::partial_ordering::less;
  if (number < kLowest) return std::partial_ordering::greater;
  const double whole = std::floor(number);
  const auto floor = static_cast<Integer>(whole);
  if (integer != floor) return integer <=> floor;
  return whole < number ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

template <typename ArrayType, typename Test>
Result<std::shared_ptr<arrow::Array>> CompareEach(const ArrayType& integers,
                                                  const arrow::DoubleArray& floats, Test test) {
  arrow::BooleanBuilder builder;
  RETURN_NOT_OK(builder.Reserve(integers.length()));
  for (int64_t row = 0; row < integers.length(); ++row) {
    if (integers.IsNull(row) || floats.IsNull(row)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(test(Compare(integers.Value(row), floats.Value(row))));
    }
  }
  return builder.Finish();
}

template <typename ArrayType>
Result<std::shared_ptr<arrow::Array>> CompareBy(std::string_view name, const ArrayType& integers,
                                                const arrow::DoubleArray& floats) {
  using Order = std::partial_ordering;
  if (name == "eq") return CompareEach(integers, floats, [](Order order) { return order == 0; });
  if (name == "ne") return CompareEach(integers, floats, [](Order order) { return order != 0; });
  if (name == "lt") return CompareEach(integers, floats, [](Order order) { return order < 0; });
  if (name == "le") return CompareEach(integers, floats, [](Order order) { return order <= 0; });
  if (name == "gt") return CompareEach(integers, floats, [](Order order) { return order > 0; });
  return CompareEach(integers, floats, [](Order order) { return order >= 0; });
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> CompareExactly(std::string_view name,
                                                     const arrow::Array& integers,
                                                     const arrow::Array& floats) {
  const auto& numbers = static_cast<const arrow::DoubleArray&>(floats);
  if (integers.type_id() == arrow::Type::UINT64) {
    return CompareBy(name, static_cast<const arrow::UInt64Array&>(integers), numbers);
  }
  return CompareBy(name, static_cast<const arrow::Int64Array&>(integers), numbers);
}

std::string_view Mirrored(std::string_view name) {
  if (name == "lt") return "gt";
  if (name == "le") return "ge";
  if (name == "gt") return "lt";
  return name == "ge" ? "le" : name;
}

}  // namespace tideway::dataset
