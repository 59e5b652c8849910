#include "core/dataset/expression/functions.h"

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>

namespace tideway::dataset {

const Function* FindFunction(std::string_view name) {
  static const Function functions[] = {
      {"eq", "==", BindCompare},
      {"ne", "~=", BindCompare},
      {"lt", "<", BindCompare},
      {"le", "<=", BindCompare},
      {"gt", ">", BindCompare},
      {"ge", ">=", BindCompare},
      {"is_in", "", BindIsIn},
      {"is_null", "", BindNullTest},
      {"not_null", "", BindNullTest},
      {"is_nan", "", BindIsNan},
      {"and", "and", BindLogic},
      {"or", "or", BindLogic},
      {"not", "not ", BindLogic},
      {"add", "+", BindArithmetic},
      {"sub", "-", BindArithmetic},
      {"mul", "*", BindArithmetic},
      {"div", "/", BindArithmetic},
      {"neg", "-", BindArithmetic},
      {"join", "..", BindJoin},
      {"length", "", BindCount},
      {"bytes", "", BindCount},
      {"lower", "", BindText},
      {"upper", "", BindText},
      {"trim", "", BindText},
      {"contains", "", BindPattern, CheckPattern},
      {"starts_with", "", BindPattern, CheckPattern},
      {"ends_with", "", BindPattern, CheckPattern},
      {"matches", "", BindPattern, CheckPattern},
      {"replace", "", BindReplace, CheckPattern},
      {"cast", "", BindCastCall, CheckTypeName},
      {"coalesce", "", BindCoalesce},
  };
  const auto* found = std::ranges::find(functions, name, &Function::name);
  return found == std::end(functions) ? nullptr : found;
}

Result<std::string> LiteralText(std::string_view name, std::string_view what,
                                const Expression& argument) {
  const ScalarPtr literal = argument.literal();
  if (literal != nullptr && literal->type->id() == arrow::Type::STRING) return TextOf(*literal);
  return Error(ErrorKind::kUsage,
               std::string(name) + ": takes " + std::string(what) + ", not " + argument.ToString());
}

}  // namespace tideway::dataset
