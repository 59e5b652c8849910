// Which types go together in an expression: by kind, and never across kinds by themselves.
#pragma once

#include <optional>

#include "core/dataset/expression/bound.h"

namespace tideway::dataset {

enum class TypeKind {
  kNull,
  kBool,
  kInteger,
  kFloat,
  kDecimal,
  kText,
  kBytes,
  kDate,
  kTime,
  kTimestamp,  // without a zone
  kInstant,    // a timestamp with a zone
  kDuration,
  kOther,  // lists, structs, ...
};
TypeKind TypeKindOf(const arrow::DataType& type);

// The type that holds all values of both, of one kind or a null type; an integer and a decimal give
// a decimal, and so do int64 and uint64. Null when there is none: kinds differ, or too many digits.
TypePtr CommonType(const TypePtr& a, const TypePtr& b);

// The literal as exactly that value of `type`, of its own kind, or an integer as a float or
// decimal; nothing when `value` is no literal or the type does not hold it.
std::optional<Bound> Fit(const Bound& value, const TypePtr& type);
// Fits a literal among the two to the type of the other, where that is possible.
void FitLiterals(Bound& a, Bound& b);

// "`stars` (int64)"; of a literal `"10" (string)`: for messages.
std::string ShowOperand(const Bound& operand);
// "<call>: takes <what>: `stars` (int64)"
Error WrongOperand(std::string_view name, const std::string& what, const Bound& operand);

}  // namespace tideway::dataset
