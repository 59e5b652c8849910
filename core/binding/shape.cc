#include "core/binding/shape.h"

#include <cstring>

#include "core/binding/arguments.h"

namespace tideway::binding {

namespace {

constexpr const char* kArray = "tideway.Array";
constexpr const char* kFloatArray = "tideway.FloatArray";  // in the registry; its __name is kArray
constexpr const char* kObject = "tideway.Object";

void PushNamed(lua_State* L, const char* name) {
  lua_createtable(L, 0, 3);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
}

}  // namespace

Shape PushShape(lua_State* L, int index) {
  if (lua_getmetatable(L, index) == 0) {
    lua_pushnil(L);
    return Shape::kPlain;
  }
  lua_pushliteral(L, "__name");
  lua_rawget(L, -2);
  const char* name = lua_tostring(L, -1);
  Shape shape = Shape::kPlain;
  if (name != nullptr && std::strcmp(name, kArray) == 0) shape = Shape::kArray;
  if (name != nullptr && std::strcmp(name, kObject) == 0) shape = Shape::kObject;
  lua_pop(L, 1);
  if (shape == Shape::kPlain) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  return shape;
}

bool IsFloatKey(lua_State* L, int shape, int key) {
  if (!lua_istable(L, shape)) return false;
  lua_pushvalue(L, key);
  lua_getfield(L, shape < 0 ? shape - 1 : shape, "floats");
  bool is_float = lua_isboolean(L, -1) && lua_toboolean(L, -1) != 0;
  if (lua_istable(L, -1)) {
    lua_insert(L, -2);
    lua_rawget(L, -2);
    is_float = lua_toboolean(L, -1) != 0;
  }
  lua_pop(L, 2);
  return is_float;
}

std::vector<std::string> OrderOf(lua_State* L, int shape) {
  std::vector<std::string> order;
  if (!lua_istable(L, shape)) return order;
  lua_getfield(L, shape, "order");
  const int count = lua_istable(L, -1) ? static_cast<int>(lua_objlen(L, -1)) : 0;
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    size_t size = 0;
    const char* key = lua_tolstring(L, -1, &size);
    if (key != nullptr) order.emplace_back(key, size);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return order;
}

void MarkArray(lua_State* L, bool floats) {
  if (luaL_newmetatable(L, floats ? kFloatArray : kArray) != 0) {
    lua_pushstring(L, kArray);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, floats ? 1 : 0);
    lua_setfield(L, -2, "floats");
  }
  lua_setmetatable(L, -2);
}

void MarkArray(lua_State* L, const std::vector<int>& float_positions) {
  if (float_positions.empty()) return MarkArray(L);
  PushNamed(L, kArray);
  lua_createtable(L, 0, static_cast<int>(float_positions.size()));
  for (int position : float_positions) {
    lua_pushboolean(L, 1);
    lua_rawseti(L, -2, position);
  }
  lua_setfield(L, -2, "floats");
  lua_setmetatable(L, -2);
}

void PushObjectShape(lua_State* L, const std::vector<std::string>& order,
                     const std::vector<std::string>& floats) {
  luaL_checkstack(L, 5, "shape");
  PushNamed(L, kObject);
  PushStrings(L, order);
  lua_setfield(L, -2, "order");
  if (floats.empty()) return;
  lua_createtable(L, 0, static_cast<int>(floats.size()));
  for (const std::string& key : floats) {
    PushString(L, key);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "floats");
}

}  // namespace tideway::binding
