// What a script finds when it starts: strict globals, `require`, and the `tideway` module.
// The rules are written in lua/tideway/internal/boot.lua; this is what it needs from C++.
#pragma once

#include <lua.hpp>
#include <string>

#include "core/base/error.h"

namespace tideway::binding {

// Opens the standard libraries and runs boot.lua. The state must belong to a Runtime.
int OpenEnvironment(lua_State* L);

// Pushes what the module `name` of lua/tideway returns; internal ones too.
Status RequireOwn(lua_State* L, const std::string& name);

// Push the function of a script. Text only: bytecode is refused. The chunk's name is the path.
Status LoadScriptFile(lua_State* L, const std::string& path);
Status LoadScriptText(lua_State* L, const std::string& text, const std::string& name);

}  // namespace tideway::binding
