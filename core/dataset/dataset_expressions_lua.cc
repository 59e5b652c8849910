#include <arrow/builder.h>
#include <arrow/scalar.h>

#include <cmath>

#include "core/binding/append.h"
#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/expression.h"
#include "core/binding/infer.h"
#include "core/binding/record.h"
#include "core/binding/value.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/op/with.h"

namespace tideway::dataset {
namespace {

using binding::Entry;

void PushExpression(lua_State* L, const ExpressionPtr& expression) {
  binding::PushObject(L, std::const_pointer_cast<Expression>(expression));
}

bool IsValue(lua_State* L, int index) {
  uint64_t bits = 0;
  const int type = lua_type(L, index);
  return type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING ||
         binding::IsRecord(L, index) ||
         binding::ReadBoxed(L, index, &bits) != binding::Boxed::kNone;
}

// The value at `index` as a scalar of the type that a column of it would have.
Result<ScalarPtr> LiteralAt(lua_State* L, int index, const std::string& function) {
  if (binding::IsNull(L, index)) {
    return Error(ErrorKind::kUsage, function + ": takes no null")
        .Hint("nulls are found by :is_null() and :not_null()");
  }
  if (!IsValue(L, index)) {
    return Error(ErrorKind::kUsage,
                 function + ": takes a value or an expression, not " + binding::TypeName(L, index));
  }
  const double number = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : 1;
  const bool negative_zero = number == 0 && std::signbit(number);
  ARROW_ASSIGN_OR_RAISE(const auto type, binding::TypeOfValue(L, index, negative_zero));
  ARROW_ASSIGN_OR_RAISE(const auto builder, arrow::MakeBuilder(type));
  RETURN_NOT_OK(binding::AppendValue(L, index, builder.get()));
  ARROW_ASSIGN_OR_RAISE(const auto column, builder->Finish());
  return column->GetScalar(0);
}

Result<ExpressionPtr> ExpressionAt(lua_State* L, int index, const std::string& function) {
  if (ExpressionPtr expression = lua::OptExpression(L, index)) return expression;
  ARROW_ASSIGN_OR_RAISE(ScalarPtr literal, LiteralAt(L, index, function));
  return MakeLiteral(std::move(literal));
}

// col(name)
Result<int> NewColumn(lua_State* L) {
  PushExpression(L, MakeColumn(binding::CheckString(L, 1)));
  return 1;
}

// call(function, ...): each argument an expression or a value
Result<int> NewCall(lua_State* L) {
  const std::string function = binding::CheckString(L, 1);
  std::vector<ExpressionPtr> arguments;
  for (int index = 2; index <= lua_gettop(L); ++index) {
    ARROW_ASSIGN_OR_RAISE(arguments.emplace_back(), ExpressionAt(L, index, function));
  }
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr call, MakeCall(function, std::move(arguments)));
  PushExpression(L, call);
  return 1;
}

// is_in(expression, list)
Result<int> NewIsIn(lua_State* L) {
  if (!lua_istable(L, 2) || binding::IsRecord(L, 2)) binding::RaiseArgument(L, 2, "a list");
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr value, ExpressionAt(L, 1, "is_in"));
  std::vector<ScalarPtr> values;
  const int count = static_cast<int>(lua_objlen(L, 2));
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, 2, i);
    ARROW_ASSIGN_OR_RAISE(values.emplace_back(), LiteralAt(L, lua_gettop(L), "is_in"));
    lua_pop(L, 1);
  }
  lua_pushnil(L);
  if (count == 0 && lua_next(L, 2) != 0) binding::RaiseArgument(L, 2, "a list");
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr call,
                        MakeCall("is_in", {value, MakeList(std::move(values))}));
  PushExpression(L, call);
  return 1;
}

// text(expression)
Result<int> Text(lua_State* L) {
  binding::PushString(L, binding::CheckSelf<Expression>(L).ToString());
  return 1;
}

// The key of the entry on top of the stack.
std::string NameAt(lua_State* L, const std::string& function, const std::string& example) {
  if (lua_type(L, -2) == LUA_TSTRING) return binding::CheckString(L, -2);
  binding::Raise(L, Error(ErrorKind::kUsage, function + ": takes columns by name, not a list")
                        .Hint("write rows:" + function + " " + example));
}

}  // namespace

ExpressionPtr lua::OptExpression(lua_State* L, int index) {
  return binding::OptExpression(L, index);
}

Result<int> lua::With(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  std::vector<NamedExpression> columns;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    std::string name = NameAt(L, "with", "{ size = tw.col(\"text\"):length() }");
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ExpressionAt(L, lua_gettop(L), "with " + name));
    columns.emplace_back(std::move(name), std::move(value));
  }
  ARROW_ASSIGN_OR_RAISE(NodePtr with, MakeWith(PlanOf(L, 1), std::move(columns)));
  binding::PushDataset(L, std::move(with));
  return 1;
}

Result<int> lua::Cast(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  std::vector<std::pair<std::string, std::string>> types;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    std::string name = NameAt(L, "cast", "{ id = \"int64\" }");
    types.emplace_back(std::move(name), binding::CheckString(L, lua_gettop(L)));
  }
  std::sort(types.begin(), types.end());
  ARROW_ASSIGN_OR_RAISE(NodePtr cast, MakeCast(PlanOf(L, 1), types));
  binding::PushDataset(L, std::move(cast));
  return 1;
}

int OpenCol(lua_State* L) {
  return binding::PushModule(L, {{"col", Entry<NewColumn>},
                                 {"call", Entry<NewCall>},
                                 {"is_in", Entry<NewIsIn>},
                                 {"text", Entry<Text>}});
}

}  // namespace tideway::dataset
