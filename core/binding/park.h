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
// run; outside a task, and where Lua cannot yield (a coroutine of the script's own, a sort
// comparison, a module that is just loading), the same call simply waits: it runs the loop until
// the work is done. An error of `work` is raised in the task, at the script's line.
#pragma once

#include <functional>

#include "core/binding/entry.h"

namespace tideway::binding {

// Must not raise for other reasons than lack of memory.
using Push = std::function<int(lua_State*)>;

// Must be the binding's last act: `return Park(L, work);`.
Result<int> Park(lua_State* L, std::function<Result<Push>()> work);

// As Park, for what is not work on a pool thread (a timer, a task, a transfer of the loop's own):
// `start` is called at once and must see to it that its argument is called once, on the loop's
// thread. It returns what gives the wait up (cancels the timer; may be empty), which is called when
// the run is interrupted: the wait then ends with an error of kind interrupted.
using Resume = std::function<void(Result<Push>)>;
using GiveUp = std::function<void()>;
using StartWait = std::function<GiveUp(Resume)>;
Result<int> ParkUntil(lua_State* L, const StartWait& start);

int CrossWaiting(lua_State* L, Binding f);
template <Binding F>
inline constexpr WaitingFunction WaitingEntry{[](lua_State* L) { return CrossWaiting(L, F); }};

}  // namespace tideway::binding
