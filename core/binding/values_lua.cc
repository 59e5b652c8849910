#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/shape.h"
#include "core/binding/userdata.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

// array(table): marks it, so that an empty one is no object.
Result<int> Array(lua_State* L) {
  if (!lua_istable(L, 1)) RaiseArgument(L, 1, "a table");
  lua_settop(L, 1);
  MarkArray(L);
  return 1;
}

// object(table, keys): marks it, with its keys in that order.
Result<int> Object(lua_State* L) {
  if (!lua_istable(L, 1)) RaiseArgument(L, 1, "a table");
  std::vector<std::string> order;
  if (!lua_isnoneornil(L, 2)) order = CheckStrings(L, 2);
  lua_settop(L, 1);
  PushObjectShape(L, order, {});
  lua_setmetatable(L, 1);
  return 1;
}

// order(table): the keys it was made with, in order; nothing when it knows none.
Result<int> Order(lua_State* L) {
  if (!lua_istable(L, 1)) return 0;
  if (PushShape(L, 1) != Shape::kObject) return 0;
  PushStrings(L, OrderOf(L, lua_gettop(L)));
  return 1;
}

// is_array(table)
Result<int> IsArray(lua_State* L) {
  const bool array = lua_istable(L, 1) && PushShape(L, 1) == Shape::kArray;
  lua_pushboolean(L, array ? 1 : 0);
  return 1;
}

// int64(text or number)
Result<int> Int64(lua_State* L) {
  if (lua_type(L, 1) != LUA_TSTRING) {
    PushInt(L, CheckInt(L, 1));
    return 1;
  }
  const std::string text = lua_tostring(L, 1);
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || errno == ERANGE) {
    return Error(ErrorKind::kUsage, "tw.int64: not a whole number of 64 bits: " + text);
  }
  PushInt(L, value);
  return 1;
}

// type_name(value)
Result<int> NameOfType(lua_State* L) {
  PushString(L, TypeName(L, 1));
  return 1;
}

}  // namespace

int OpenValues(lua_State* L) {
  PushModule(L, {{"array", Entry<Array>},
                 {"object", Entry<Object>},
                 {"order", Entry<Order>},
                 {"is_array", Entry<IsArray>},
                 {"int64", Entry<Int64>},
                 {"type_name", Entry<NameOfType>}});
  PushNull(L);
  lua_setfield(L, -2, "null");
  return 1;
}

}  // namespace tideway::binding
