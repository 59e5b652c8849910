// What lua/tideway/internal/guard_stack.lua asks before it lets Lua call itself through C.
#pragma once

#include <lua.hpp>

namespace tideway::binding {

// check_stack(name): raises "stack overflow: <name> is called too deep" when StackIsDeep().
int CheckStack(lua_State* L);

}  // namespace tideway::binding
