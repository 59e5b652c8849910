// What belongs to one Lua state of the program: its loop, its run, its script's folder.
#pragma once

#include <lua.hpp>
#include <string>

#include "core/dataset/run_context.h"
#include "core/loop/loop.h"

namespace tideway::binding {

class Runtime {
 public:
  loop::Loop& loop();
  // The run whose budget, workers, counters and scratch folder every plan of this state uses.
  dataset::RunContext& run();
  // `tideway check`: sinks validate and do nothing.
  bool check_only() { return run().options().check_only; }
};

Runtime& RuntimeOf(lua_State* L);

}  // namespace tideway::binding
