// Conditions and numbers.
#include <arrow/compute/api_scalar.h>
#include <arrow/type.h>

#include <map>

#include "core/dataset/expression/functions.h"
#include "core/dataset/expression/type_rules.h"

namespace tideway::dataset {
namespace {

bool IsNumber(const Bound& value) {
  const TypeKind kind = TypeKindOf(*value.type);
  return kind == TypeKind::kInteger || kind == TypeKind::kFloat || kind == TypeKind::kNull;
}

std::string ArrowArithmetic(std::string_view name) {
  static const std::map<std::string_view, std::string> names = {{"add", "add"},
                                                                {"sub", "subtract"},
                                                                {"mul", "multiply"},
                                                                {"div", "divide"},
                                                                {"neg", "negate"}};
  return names.at(name);
}

std::string_view Symbol(std::string_view name) { return FindFunction(name)->symbol; }

}  // namespace

Result<Bound> BindLogic(const CallText& call, std::vector<Bound> arguments) {
  for (Bound& argument : arguments) {
    const TypeKind kind = TypeKindOf(*argument.type);
    if (kind != TypeKind::kBool && kind != TypeKind::kNull) {
      return WrongOperand(std::string(call.name) + "_", "conditions", argument)
          .Hint("compare it first, as with :eq(1)");
    }
    argument = BindCast(std::move(argument), arrow::boolean());
  }
  if (call.name == "not") {
    return BindKernel(call.text, arrow::boolean(), "invert", std::move(arguments));
  }
  const std::string kernel = call.name == "and" ? "and_kleene" : "or_kleene";
  Bound all = std::move(arguments[0]);
  for (size_t i = 1; i < arguments.size(); ++i) {
    all =
        BindKernel(call.text, arrow::boolean(), kernel, {std::move(all), std::move(arguments[i])});
  }
  return all;
}

// Integers are calculated as int64, and what leaves its range is an error; all else as float64.
Result<Bound> BindArithmetic(const CallText& call, std::vector<Bound> arguments) {
  bool floats = call.name == "div";
  for (const Bound& argument : arguments) {
    if (!IsNumber(argument)) {
      return WrongOperand("`" + std::string(Symbol(call.name)) + "`", "integers and floats",
                          argument)
          .Hint("cast it first: :cast \"float64\"");
    }
    floats = floats || TypeKindOf(*argument.type) == TypeKind::kFloat;
  }
  const TypePtr type = floats ? arrow::float64() : arrow::int64();
  for (Bound& argument : arguments) argument = BindCast(std::move(argument), type);
  const std::string kernel = ArrowArithmetic(call.name) + (floats ? "" : "_checked");
  return BindKernel(call.text, type, kernel, std::move(arguments));
}

}  // namespace tideway::dataset
