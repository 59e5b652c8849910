#include "core/binding/guard_stack.h"

#include "core/base/stack.h"

namespace tideway::binding {

int CheckStack(lua_State* L) {
  if (!StackIsDeep()) return 0;
  luaL_where(L, 2);  // the guarded function's caller
  lua_pushfstring(L, "stack overflow: %s is called too deep", lua_tostring(L, 1));
  lua_concat(L, 2);
  return lua_error(L);
}

}  // namespace tideway::binding
