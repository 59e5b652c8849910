// The C modules of core/binding itself, one line each.
#include "core/binding/kernel.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

int OpenErrors(lua_State* L);
int OpenTasks(lua_State* L);
int OpenTime(lua_State* L);
int OpenValues(lua_State* L);

std::vector<Module> BindingModules() {
  return {
      {"errors", OpenErrors}, {"kernel", OpenKernel}, {"tasks", OpenTasks},
      {"time", OpenTime},     {"values", OpenValues},
  };
}

}  // namespace tideway::binding
