// The C modules behind lua/tideway: one line each in modules_lua.cc.
#pragma once

#include <vector>

#include "core/binding/runtime.h"

namespace tideway::app {

std::vector<binding::Module> Modules();

}  // namespace tideway::app
