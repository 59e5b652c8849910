// Waiting without blocking: a binding that waits hands its work to the loop and parks the Lua task.
//
//   Result<int> Count(lua_State* L) {                       // registered as WaitingEntry<Count>
//     auto self = CheckObject<Dataset>(L, 1);
//     RunContext& run = RuntimeOf(L).run();
//     return Park(L, [self, &run]() -> Result<Push> {
//       ARROW_ASSIGN_OR_RAISE(int64_t rows, self->Count(run));
//       return Push([rows](lua_State* L) { PushInt(L, rows); return 1; });
//     });
//   }
//
// `work` runs on a pool thread and must not touch Lua; the Push it returns runs on the Lua thread
// and its pushes are the call's results. Inside a task the coroutine yields meanwhile and others
// run; outside a task the same call simply waits (it runs the loop until the work is done). An
// error of `work` is raised in the task.
#pragma once

#include <functional>

#include "core/binding/entry.h"

namespace tideway::binding {

using Push = std::function<int(lua_State*)>;

// Must be the binding's last act: `return Park(L, work);`.
Result<int> Park(lua_State* L, std::function<Result<Push>()> work);

int CrossWaiting(lua_State* L, Binding f);
template <Binding F>
int WaitingEntry(lua_State* L) {
  return CrossWaiting(L, F);
}

}  // namespace tideway::binding
