// The C modules of core/binding itself, one line each.
#include "core/binding/kernel.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

int OpenEnv(lua_State* L);
int OpenErrors(lua_State* L);
int OpenInspect(lua_State* L);
int OpenJson(lua_State* L);
int OpenLog(lua_State* L);
int OpenPath(lua_State* L);
int OpenTasks(lua_State* L);
int OpenTime(lua_State* L);
int OpenValues(lua_State* L);

std::vector<Module> BindingModules() {
  // clang-format off
  return {
      {"env", OpenEnv},
      {"errors", OpenErrors},
      {"inspect", OpenInspect},
      {"json", OpenJson},
      {"kernel", OpenKernel},
      {"log", OpenLog},
      {"path", OpenPath},
      {"tasks", OpenTasks},
      {"time", OpenTime},
      {"values", OpenValues},
  };
  // clang-format on
}

}  // namespace tideway::binding
