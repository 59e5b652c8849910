// Fields of the table on top of the stack. Lua-thread only.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <string_view>

namespace tideway::binding {

void SetInt(lua_State* L, const char* name, int64_t value);
// No field where the text is empty.
void SetText(lua_State* L, const char* name, std::string_view text);

}  // namespace tideway::binding
