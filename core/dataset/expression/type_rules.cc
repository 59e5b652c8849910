#include "core/dataset/expression/type_rules.h"

#include <arrow/compute/cast.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>

namespace tideway::dataset {
namespace {

using arrow::Type;

TypePtr CommonInteger(const arrow::DataType& a, const arrow::DataType& b) {
  if (a.id() != Type::UINT64 && b.id() != Type::UINT64) return arrow::int64();
  const bool unsigned_both =
      arrow::is_unsigned_integer(a.id()) && arrow::is_unsigned_integer(b.id());
  constexpr int kUint64Digits = 20;
  return unsigned_both ? arrow::uint64() : arrow::decimal128(kUint64Digits, 0);
}

struct Digits {
  int before_point;
  int after_point;
};

Digits DigitsOf(const arrow::DataType& type) {
  constexpr int kIntegerDigits = 20;
  if (arrow::is_integer(type.id())) return {kIntegerDigits, 0};
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  return {decimal.precision() - decimal.scale(), decimal.scale()};
}

TypePtr CommonDecimal(const arrow::DataType& a, const arrow::DataType& b) {
  const Digits x = DigitsOf(a), y = DigitsOf(b);
  const int scale = std::max(x.after_point, y.after_point);
  const int precision = std::max(x.before_point, y.before_point) + scale;
  if (precision > arrow::Decimal256Type::kMaxPrecision) return nullptr;
  return precision > arrow::Decimal128Type::kMaxPrecision ? arrow::decimal256(precision, scale)
                                                          : arrow::decimal128(precision, scale);
}

template <typename TypeClass>
arrow::TimeUnit::type FinerUnit(const arrow::DataType& a, const arrow::DataType& b) {
  return std::max(static_cast<const TypeClass&>(a).unit(), static_cast<const TypeClass&>(b).unit());
}

TypePtr CommonTimestamp(const arrow::DataType& a, const arrow::DataType& b) {
  return arrow::timestamp(FinerUnit<arrow::TimestampType>(a, b),
                          static_cast<const arrow::TimestampType&>(a).timezone());
}

// For two different types of one kind.
TypePtr CommonOfKind(TypeKind kind, const arrow::DataType& a, const arrow::DataType& b) {
  switch (kind) {
    case TypeKind::kInteger:
      return CommonInteger(a, b);
    case TypeKind::kFloat:
      return arrow::float64();
    case TypeKind::kDecimal:
      return CommonDecimal(a, b);
    case TypeKind::kText:
      return arrow::large_utf8();
    case TypeKind::kBytes:
      return arrow::large_binary();
    case TypeKind::kDate:
      return arrow::date64();
    case TypeKind::kTime:
      return arrow::time64(std::max(FinerUnit<arrow::TimeType>(a, b), arrow::TimeUnit::MICRO));
    case TypeKind::kTimestamp:
    case TypeKind::kInstant:
      return CommonTimestamp(a, b);
    case TypeKind::kDuration:
      return arrow::duration(FinerUnit<arrow::DurationType>(a, b));
    default:
      return nullptr;
  }
}

Result<arrow::Datum> CastScalar(const arrow::Datum& value, const TypePtr& type) {
  if (!arrow::is_integer(value.type()->id()) || !arrow::is_decimal(type->id())) {
    return arrow::compute::Cast(value, type);
  }
  constexpr int kInt64Digits = 20;  // a decimal of fewer is refused for any integer
  ARROW_ASSIGN_OR_RAISE(auto wide, arrow::compute::Cast(value, arrow::decimal128(kInt64Digits, 0)));
  return arrow::compute::Cast(wide, type);
}

}  // namespace

TypeKind TypeKindOf(const arrow::DataType& type) {
  const Type::type id = type.id();
  if (id == Type::NA) return TypeKind::kNull;
  if (id == Type::BOOL) return TypeKind::kBool;
  if (arrow::is_integer(id)) return TypeKind::kInteger;
  if (arrow::is_floating(id)) return TypeKind::kFloat;
  if (arrow::is_decimal(id)) return TypeKind::kDecimal;
  if (arrow::is_string(id)) return TypeKind::kText;
  if (arrow::is_base_binary_like(id) || id == Type::FIXED_SIZE_BINARY) return TypeKind::kBytes;
  if (arrow::is_date(id)) return TypeKind::kDate;
  if (arrow::is_time(id)) return TypeKind::kTime;
  if (id == Type::DURATION) return TypeKind::kDuration;
  if (id != Type::TIMESTAMP) return TypeKind::kOther;
  const bool zoned = !static_cast<const arrow::TimestampType&>(type).timezone().empty();
  return zoned ? TypeKind::kInstant : TypeKind::kTimestamp;
}

TypePtr CommonType(const TypePtr& a, const TypePtr& b) {
  if (a->Equals(*b) || b->id() == Type::NA) return a;
  if (a->id() == Type::NA) return b;
  const TypeKind x = TypeKindOf(*a), y = TypeKindOf(*b);
  if (x == y) return CommonOfKind(x, *a, *b);
  const auto exact = [](TypeKind kind) {
    return kind == TypeKind::kInteger || kind == TypeKind::kDecimal;
  };
  return exact(x) && exact(y) ? CommonDecimal(*a, *b) : nullptr;
}

std::optional<Bound> Fit(const Bound& value, const TypePtr& type) {
  if (value.literal == nullptr) return {};
  if (value.type->Equals(*type)) return value;
  const TypeKind from = TypeKindOf(*value.type), to = TypeKindOf(*type);
  const bool widens =
      from == TypeKind::kInteger && (to == TypeKind::kFloat || to == TypeKind::kDecimal);
  const bool rounds = from == TypeKind::kFloat;  // to a narrower float, unchecked
  if ((from != to && !widens) || rounds) return {};
  auto cast = CastScalar(arrow::Datum(value.literal), type);
  if (!cast.ok()) return {};
  return BindLiteral(cast->scalar(), value.text);
}

void FitLiterals(Bound& a, Bound& b) {
  if (auto fitted = Fit(a, b.type)) a = std::move(*fitted);
  if (auto fitted = Fit(b, a.type)) b = std::move(*fitted);
}

std::string ShowOperand(const Bound& operand) {
  const bool literal = operand.literal != nullptr;
  const std::string quote = literal || operand.text.starts_with('`') ? "" : "`";
  return quote + operand.text + quote + " (" + operand.type->ToString() + ")";
}

Error WrongOperand(std::string_view name, const std::string& what, const Bound& operand) {
  return Error(ErrorKind::kUsage,
               std::string(name) + " takes " + what + ", not " + ShowOperand(operand));
}

}  // namespace tideway::dataset
