// Comparisons, look-ups in lists, and what is done about nulls.
#include <arrow/array/builder_base.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <cmath>
#include <map>

#include "core/dataset/expression/exact_compare.h"
#include "core/dataset/expression/functions.h"
#include "core/dataset/expression/type_rules.h"

namespace tideway::dataset {
namespace {

using arrow::Datum;

// "integers <name> floats" with types that CompareExactly takes.
Bound BindExact(const CallText& call, std::string_view name, Bound integers, Bound floats) {
  integers =
      BindCast(std::move(integers),
               integers.type->id() == arrow::Type::UINT64 ? arrow::uint64() : arrow::int64());
  floats = BindCast(std::move(floats), arrow::float64());
  auto evaluate = [name, integers = std::move(integers),
                   floats = std::move(floats)](const arrow::RecordBatch& batch) -> Result<Datum> {
    ARROW_ASSIGN_OR_RAISE(const auto left, ColumnOf(integers, batch));
    ARROW_ASSIGN_OR_RAISE(const auto right, ColumnOf(floats, batch));
    ARROW_ASSIGN_OR_RAISE(auto result, CompareExactly(name, *left, *right));
    return Datum(std::move(result));
  };
  return {.type = arrow::boolean(),
          .text = call.text,
          .literal = nullptr,
          .values = {},
          .evaluate = std::move(evaluate)};
}

Error NotComparable(const Bound& a, const Bound& b) {
  return Error(ErrorKind::kUsage, "cannot compare " + ShowOperand(a) + " with " + ShowOperand(b))
      .Hint("compare values of one kind, or cast one of them first: :cast \"string\"");
}

std::string ArrowComparison(std::string_view name) {
  static const std::map<std::string_view, std::string> names = {
      {"eq", "equal"},      {"ne", "not_equal"}, {"lt", "less"},
      {"le", "less_equal"}, {"gt", "greater"},   {"ge", "greater_equal"}};
  return names.at(name);
}

// The list's values as one array of `type`.
Result<std::shared_ptr<arrow::Array>> FitList(const Bound& needle, const Bound& list,
                                              const TypePtr& type) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), type, &builder));
  for (const auto& value : list.values) {
    const auto literal = Fit(BindLiteral(value, ShowScalar(*value)), type);
    if (!literal) {
      return Error(ErrorKind::kUsage, "is_in: " + ShowOperand(needle) + " cannot be " +
                                          ShowOperand(BindLiteral(value, ShowScalar(*value))));
    }
    RETURN_NOT_OK(builder->AppendScalar(*literal->literal));
  }
  return builder->Finish();
}

// Look-ups go by bytes. So that -0.0 is 0.0, both sides get 0.0 added; and no list holds NaN.
Bound WithoutNegativeZero(Bound value) {
  Bound zero = BindLiteral(arrow::MakeScalar(0.0), "0.0");
  std::string text = value.text;
  return BindKernel(std::move(text), arrow::float64(), "add",
                    {BindCast(std::move(value), arrow::float64()), std::move(zero)});
}

Result<std::shared_ptr<arrow::Array>> FitFloats(const Bound& needle, const Bound& list) {
  ARROW_ASSIGN_OR_RAISE(const auto values, FitList(needle, list, arrow::float64()));
  arrow::DoubleBuilder builder;
  for (const auto& value : static_cast<const arrow::DoubleArray&>(*values)) {
    if (std::isnan(*value)) {
      return Error(ErrorKind::kUsage, "is_in: the list has a NaN, which equals nothing")
          .Hint("use :is_nan()");
    }
    RETURN_NOT_OK(builder.Append(*value + 0.0));
  }
  return builder.Finish();
}

}  // namespace

Result<Bound> BindCompare(const CallText& call, std::vector<Bound> arguments) {
  Bound &left = arguments[0], &right = arguments[1];
  FitLiterals(left, right);
  const TypeKind a = TypeKindOf(*left.type), b = TypeKindOf(*right.type);
  if (a == TypeKind::kInteger && b == TypeKind::kFloat) {
    return BindExact(call, call.name, std::move(left), std::move(right));
  }
  if (a == TypeKind::kFloat && b == TypeKind::kInteger) {
    return BindExact(call, Mirrored(call.name), std::move(right), std::move(left));
  }
  TypePtr common = CommonType(left.type, right.type);
  if (common == nullptr || TypeKindOf(*common) == TypeKind::kOther) {
    return NotComparable(left, right);
  }
  if (TypeKindOf(*common) == TypeKind::kFloat) common = arrow::float64();
  if (TypeKindOf(*common) == TypeKind::kNull) common = arrow::boolean();
  left = BindCast(std::move(left), common);
  right = BindCast(std::move(right), common);
  return BindKernel(call.text, arrow::boolean(), ArrowComparison(call.name), std::move(arguments));
}

Result<Bound> BindIsIn(const CallText& call, std::vector<Bound> arguments) {
  Bound& needle = arguments[0];
  const TypeKind kind = TypeKindOf(*needle.type);
  if (kind == TypeKind::kOther) return WrongOperand("is_in", "values of one piece", needle);
  std::shared_ptr<arrow::Array> values;
  if (kind == TypeKind::kFloat) {
    ARROW_ASSIGN_OR_RAISE(values, FitFloats(needle, arguments[1]));
    needle = WithoutNegativeZero(std::move(needle));
  } else if (kind == TypeKind::kNull) {
    needle = BindCast(std::move(needle), arrow::boolean());
    values = std::make_shared<arrow::BooleanArray>(0, nullptr);
  } else {
    ARROW_ASSIGN_OR_RAISE(values, FitList(needle, arguments[1], needle.type));
  }
  auto options = std::make_shared<arrow::compute::SetLookupOptions>(
      std::move(values), arrow::compute::SetLookupOptions::EMIT_NULL);
  arguments.resize(1);
  return BindKernel(call.text, arrow::boolean(), "is_in", std::move(arguments), std::move(options));
}

Result<Bound> BindNullTest(const CallText& call, std::vector<Bound> arguments) {
  return BindKernel(call.text, arrow::boolean(), call.name == "is_null" ? "is_null" : "is_valid",
                    std::move(arguments));
}

Result<Bound> BindIsNan(const CallText& call, std::vector<Bound> arguments) {
  Bound& value = arguments[0];
  if (TypeKindOf(*value.type) != TypeKind::kFloat) return WrongOperand("is_nan", "floats", value);
  value = BindCast(std::move(value), arrow::float64());
  return BindKernel(call.text, arrow::boolean(), "is_nan", std::move(arguments));
}

Result<Bound> BindCoalesce(const CallText& call, std::vector<Bound> arguments) {
  Bound &value = arguments[0], &other = arguments[1];
  FitLiterals(value, other);
  const TypeKind a = TypeKindOf(*value.type), b = TypeKindOf(*other.type);
  const bool one_kind = a == b || a == TypeKind::kNull || b == TypeKind::kNull;
  const TypePtr common = one_kind ? CommonType(value.type, other.type) : nullptr;
  if (common == nullptr) {
    return Error(ErrorKind::kUsage, "coalesce takes values of one kind, not " + ShowOperand(value) +
                                        " and " + ShowOperand(other))
        .Hint("cast one of them first: :cast \"string\"");
  }
  value = BindCast(std::move(value), common);
  other = BindCast(std::move(other), common);
  return BindKernel(call.text, common, "coalesce", std::move(arguments));
}

}  // namespace tideway::dataset
