// Expressions over the columns of a row: what tw.col makes, and what filter, with and cast compute.
//
//   ARROW_ASSIGN_OR_RAISE(auto good, MakeCall("ge", {MakeColumn("stars"), MakeLiteral(four)}));
//   good->ToString();                                                  // "stars >= 4"
//   ARROW_ASSIGN_OR_RAISE(Bound bound, good->Bind(*schema, "filter"));  // checks columns and types
//   ARROW_ASSIGN_OR_RAISE(auto column, EvaluateColumn(bound, *batch));  // see bound.h
//
// An expression is a column, a literal, a list of literals (for is_in), or a call of one of the
// functions of functions.h. Arrow's kernels compute it; what they would change on the way, a text
// compared with a number or an int64 rounded to a float, is an error or is computed exactly.
//
// Ownership and threads: immutable and shared; const methods may be called from any thread.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/expression/bound.h"

namespace tideway::dataset {

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

// The most columns, literals and calls that one expression may have: whatever goes through an
// expression calls itself once per level of it.
inline constexpr size_t kMaxExpressionSize = 1000;

class Expression {
 public:
  explicit Expression(size_t size = 1) : size_(size) {}
  virtual ~Expression() = default;
  size_t size() const { return size_; }

  // As a plan shows it: `stars >= 4 and not is_null(text)`. Long literals are cut.
  virtual std::string ToString() const = 0;
  // Whether ToString() needs parentheses inside another expression.
  virtual bool is_infix() const { return false; }
  // Equal only for expressions that compute the same: for a node's Identity().
  virtual nlohmann::json Identity() const = 0;
  // The expression over columns of `schema`. Errors (kind usage) begin with `operation`: a column
  // that is not there, types that do not go together.
  virtual Result<Bound> Bind(const arrow::Schema& schema, std::string_view operation) const = 0;
  // A literal's value; null for all else.
  virtual ScalarPtr literal() const { return nullptr; }
  // What it is made of: a column's name (else null), a list's values, a call's function and
  // arguments.
  virtual const std::string* column() const { return nullptr; }
  virtual std::span<const ScalarPtr> values() const { return {}; }
  virtual std::string_view function() const { return {}; }
  virtual std::span<const ExpressionPtr> arguments() const { return {}; }

 private:
  const size_t size_;
};

// The columns that it looks at, each once, by name.
std::vector<std::string> ColumnsOf(const Expression& expression);

ExpressionPtr MakeColumn(std::string name);
// `value` is not null.
ExpressionPtr MakeLiteral(ScalarPtr value);
// What is_in looks a value up in: literals of any types, none of them null.
ExpressionPtr MakeList(std::vector<ScalarPtr> values);
// Calls the function of that name (functions.h). Errors (kind usage): an expression of more than
// kMaxExpressionSize parts; a pattern or type name that is none.
Result<ExpressionPtr> MakeCall(std::string_view function, std::vector<ExpressionPtr> arguments);

}  // namespace tideway::dataset
