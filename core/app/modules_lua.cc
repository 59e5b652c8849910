#include "core/app/modules_lua.h"

namespace tideway::text {
int OpenText(lua_State* L);
}

namespace tideway::app {

std::vector<binding::Module> Modules() { return {{"text", text::OpenText}}; }

}  // namespace tideway::app
