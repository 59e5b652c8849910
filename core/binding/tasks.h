// Tasks: coroutines that the loop resumes. What tw.spawn, tw.all, tw.each and tw.sleep stand on.
//
// A task's function is called on a coroutine of its own; when it waits (park.h) the coroutine
// yields and other tasks run. Lua-thread only.
#pragma once

#include <functional>
#include <lua.hpp>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/binding/park.h"
#include "core/loop/loop.h"

namespace tideway::binding {

// The outcome of one task.
struct Task {
  bool done = false;
  bool waited_for = false;                       // somebody gets the error, so it is not reported
  Status status;                                 // valid when done
  std::function<Status(lua_State*)> on_results;  // called with the results on the stack
  std::vector<std::function<void()>> on_done;
};
using TaskPtr = std::shared_ptr<Task>;

class Tasks {
 public:
  Tasks(lua_State* L, loop::Loop& loop, const CancelToken& cancel);

  // Starts the function below its `arguments` (all popped from `from`) soon, as a task.
  TaskPtr Spawn(lua_State* from, int arguments);
  // Parks or waits, as ParkUntil says. Fails at once when the run is cancelled. Interrupt() ends
  // the wait only where `interruptible`: else its event is about to come, with an outcome.
  Result<int> Wait(lua_State* L, const StartWait& start, bool interruptible);
  // Ends the waits of all tasks with `reason`.
  void Interrupt(const Status& reason);
  // Tasks that have started and are not done.
  int running() const { return static_cast<int>(running_.size()); }
  // The errors of tasks that failed and nobody waited for, since the last call.
  std::vector<Status> TakeUnseenFailures();

 private:
  // One wait of one coroutine, settled once.
  struct Waiting {
    lua_State* L = nullptr;
    bool parked = false;
    bool settled = false;
    GiveUp give_up;
    Result<Push> outcome = Push();
  };
  struct Running {
    TaskPtr task;
    int anchor;  // registry reference that keeps the coroutine alive
    bool parked = false;
  };

  void Remember(const std::shared_ptr<Waiting>& waiting);
  void Settle(Waiting& waiting, Result<Push> outcome);
  Result<int> WaitHere(lua_State* L, const std::shared_ptr<Waiting>& waiting);
  void Continue(lua_State* co, const Result<Push>& outcome);
  int PushOutcome(lua_State* co, const Result<Push>& outcome);
  void PushFailure(lua_State* co, const Status& status);
  Status TakeError(lua_State* co);
  void Step(lua_State* co, int arguments);
  void Finish(lua_State* co, Status status);

  lua_State* const L_;
  lua_State* const scratch_;  // where pushes run, protected
  loop::Loop& loop_;
  const CancelToken& cancel_;
  std::unordered_map<lua_State*, Running> running_;
  std::vector<std::weak_ptr<Waiting>> interruptible_;
  size_t prune_at_ = 64;
  std::vector<TaskPtr> failed_;
};

}  // namespace tideway::binding
