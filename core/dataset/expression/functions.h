// The functions that expressions call, by name. The methods of lua/tideway/col.lua are one each.
//
//   eq ne lt le gt ge        two values of one kind, and any two numbers
//   is_in                    a value, a list
//   is_null not_null is_nan  a value
//   and or                   two conditions or more; not: one
//   add sub mul div neg      numbers; join: texts
//   length bytes lower upper trim         a text
//   contains starts_with ends_with matches replace    a text, then literal texts
//   cast                     a value, a literal type name (type_name.h)
//   coalesce                 two values of one kind
//
// A null argument gives null; but is_null and not_null are never null, coalesce takes its second
// argument instead, and `and` and `or` are null only where the other side does not decide.
#pragma once

#include <string_view>
#include <vector>

#include "core/dataset/expression/bound.h"
#include "core/dataset/expression/expression.h"

namespace tideway::dataset {

struct CallText {
  std::string_view name;
  std::string text;  // the whole call
};

struct Function {
  std::string_view name;
  std::string_view symbol;  // written between its arguments, or before its only one; may be empty
  // Checks types and gives the computation. Errors (kind usage) do not name the operator.
  Result<Bound> (*bind)(const CallText& call, std::vector<Bound> arguments);
  // Checks literals, when the expression is made; may be null.
  Status (*check)(std::string_view name, const std::vector<ExpressionPtr>& arguments) = nullptr;
};

// Null when there is none of that name.
const Function* FindFunction(std::string_view name);

// The text of a literal argument. Another argument is an error of kind usage: "<name>: takes
// <what>, not ...".
Result<std::string> LiteralText(std::string_view name, std::string_view what,
                                const Expression& argument);

// What the files of this folder have for the table.
Result<Bound> BindCompare(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindIsIn(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindNullTest(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindIsNan(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindLogic(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindArithmetic(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindJoin(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindText(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindCount(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindPattern(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindReplace(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindCastCall(const CallText& call, std::vector<Bound> arguments);
Result<Bound> BindCoalesce(const CallText& call, std::vector<Bound> arguments);
Status CheckPattern(std::string_view name, const std::vector<ExpressionPtr>& arguments);
Status CheckTypeName(std::string_view name, const std::vector<ExpressionPtr>& arguments);

}  // namespace tideway::dataset
