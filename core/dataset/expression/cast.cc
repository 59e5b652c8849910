// cast: a value as another type.
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "core/dataset/expression/functions.h"
#include "core/dataset/expression/type_rules.h"
#include "core/dataset/type_name.h"

namespace tideway::dataset {
namespace {

// What Arrow does, but for numbers as conditions: which of them are true is the script's to say.
Status CheckCast(const Bound& value, const TypePtr& type) {
  const TypeKind from = TypeKindOf(*value.type), to = TypeKindOf(*type);
  const bool truth =
      to == TypeKind::kBool && (from == TypeKind::kInteger || from == TypeKind::kFloat);
  const bool nested = from == TypeKind::kOther || to == TypeKind::kOther;
  if (!truth && !nested) {
    ARROW_ASSIGN_OR_RAISE(const auto none, arrow::MakeEmptyArray(value.type));
    if (arrow::compute::Cast(*none, type).ok()) return Status::OK();
  }
  Error error(ErrorKind::kUsage, ShowOperand(value) + " cannot be cast to " + type->ToString());
  if (truth) error.Hint("compare it: :ne(0)");
  return error;
}

}  // namespace

Status CheckTypeName(std::string_view name, const std::vector<ExpressionPtr>& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::string type, LiteralText(name, "a type's name", *arguments[1]));
  return WithContext(name, TypeFromName(type).status());
}

Result<Bound> BindCastCall(const CallText& call, std::vector<Bound> arguments) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr type, TypeFromName(TextOf(*arguments[1].literal)));
  Bound& value = arguments[0];
  if (!value.type->Equals(*type)) RETURN_NOT_OK(CheckCast(value, type));
  Bound cast = BindCast(std::move(value), type);
  cast.text = call.text;
  return cast;
}

}  // namespace tideway::dataset
