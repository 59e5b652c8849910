#include "core/binding/value.h"

namespace tideway::binding {

// A null pointer as light userdata: one value, equal to itself in every state.
void PushNull(lua_State* L) {
  lua_pushlightuserdata(L, nullptr);
  if (lua_getmetatable(L, -1) != 0) return lua_pop(L, 1);
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "null");
  lua_setfield(L, -2, "__name");
  lua_pushcfunction(L, [](lua_State* to) {
    lua_pushliteral(to, "null");
    return 1;
  });
  lua_setfield(L, -2, "__tostring");
  lua_setmetatable(L, -2);
}

bool IsNull(lua_State* L, int index) {
  return lua_islightuserdata(L, index) && lua_touserdata(L, index) == nullptr;
}

}  // namespace tideway::binding
