#include "core/binding/fields.h"

#include "core/binding/arguments.h"

namespace tideway::binding {

void SetInt(lua_State* L, const char* name, int64_t value) {
  PushInt(L, value);
  lua_setfield(L, -2, name);
}

void SetText(lua_State* L, const char* name, std::string_view text) {
  if (text.empty()) return;
  PushString(L, text);
  lua_setfield(L, -2, name);
}

}  // namespace tideway::binding
