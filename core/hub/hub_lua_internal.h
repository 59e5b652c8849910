// The bindings of tideway.core.hub that are files of their own. Lua-thread only.
#pragma once

#include "core/base/error.h"

struct lua_State;

namespace tideway::hub::lua {

// hub_read_lua.cc
// read(repository, split or nil, options): a dataset, see lua/tideway/hub.lua.
Result<int> ReadSplit(lua_State* L);
// configs(repository, revision or nil): a list, see lua/tideway/hub.lua.
Result<int> Configs(lua_State* L);

}  // namespace tideway::hub::lua
