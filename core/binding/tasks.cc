#include "core/binding/tasks.h"

#include <algorithm>
#include <utility>

#include "core/base/stack.h"
#include "core/binding/errors.h"

// LuaJIT has this function of Lua 5.3, in a header's version that lacks the declaration.
extern "C" int lua_isyieldable(lua_State* L);

namespace tideway::binding {

namespace {

lua_State* NewAnchoredThread(lua_State* L) {
  lua_State* thread = lua_newthread(L);
  luaL_ref(L, LUA_REGISTRYINDEX);
  return thread;
}

// What a coroutine has room for wherever it waits, without an allocation on its stack.
constexpr int kMostResults = 8;

Status TooManyResults() {
  return Error(ErrorKind::kInternal, "tasks: a wait has too many results");
}

}  // namespace

Tasks::Tasks(lua_State* L, loop::Loop& loop, const CancelToken& cancel)
    : L_(L), scratch_(NewAnchoredThread(L)), loop_(loop), cancel_(cancel) {}

TaskPtr Tasks::Spawn(lua_State* from, int arguments) {
  lua_State* co = lua_newthread(from);
  const int anchor = luaL_ref(from, LUA_REGISTRYINDEX);
  lua_getfield(co, LUA_REGISTRYINDEX, kXpcallKey);
  lua_pushvalue(from, -(arguments + 1));
  lua_xmove(from, co, 1);
  PushErrorHandler(from);
  lua_xmove(from, co, 1);
  lua_xmove(from, co, arguments);
  lua_pop(from, 1);
  auto task = std::make_shared<Task>();
  running_[co] = Running{task, anchor};
  loop_.Post([this, co, arguments] { Step(co, arguments + 2); });
  return task;
}

Result<int> Tasks::Wait(lua_State* L, const StartWait& start, bool interruptible) {
  RETURN_NOT_OK(cancel_.Check());
  const bool can_park = running_.contains(L) && lua_isyieldable(L) != 0;
  if (!can_park && StackIsDeep()) {
    return Error(ErrorKind::kScript,
                 "tasks: stack overflow: waits inside waits are nested too deep");
  }
  auto waiting = std::make_shared<Waiting>();
  waiting->L = L;
  if (interruptible) {
    Remember(waiting);
  }
  waiting->give_up =
      start([this, waiting](Result<Push> outcome) { Settle(*waiting, std::move(outcome)); });
  if (waiting->settled || !can_park) return WaitHere(L, waiting);
  waiting->parked = true;
  running_.at(L).parked = true;
  return lua_yield(L, 0);
}

// Drops the waits that are over whenever their number has doubled.
void Tasks::Remember(const std::shared_ptr<Waiting>& waiting) {
  if (interruptible_.size() >= prune_at_) {
    std::erase_if(interruptible_, [](const auto& entry) { return entry.expired(); });
    prune_at_ = std::max<size_t>(64, 2 * interruptible_.size());
  }
  interruptible_.push_back(waiting);
}

void Tasks::Settle(Waiting& waiting, Result<Push> outcome) {
  if (waiting.settled) return;
  waiting.settled = true;
  waiting.give_up = nullptr;
  if (waiting.parked) {
    Continue(waiting.L, outcome);
  } else {
    waiting.outcome = std::move(outcome);
  }
}

Result<int> Tasks::WaitHere(lua_State* L, const std::shared_ptr<Waiting>& waiting) {
  loop_.RunUntil([&] { return waiting->settled; });
  if (!waiting->settled) {
    waiting->settled = true;
    return Error(ErrorKind::kScript, "tasks: waits for something that can no longer happen");
  }
  ARROW_ASSIGN_OR_RAISE(Push push, std::move(waiting->outcome));
  return push ? push(L) : 0;
}

// Puts true and the results, or false and an error, onto the stack of `co`.
int Tasks::PushOutcome(lua_State* co, const Result<Push>& outcome) {
  lua_settop(scratch_, 0);
  Status status = outcome.status();
  if (status.ok()) {
    status = CallProtected(scratch_, 0, LUA_MULTRET,
                           [&](lua_State* L) { return *outcome == nullptr ? 0 : (*outcome)(L); });
  }
  const bool ok = status.ok() && lua_gettop(scratch_) <= kMostResults;
  if (!ok) PushFailure(co, status.ok() ? TooManyResults() : status);
  const int pushed = lua_gettop(scratch_);
  lua_pushboolean(co, ok ? 1 : 0);
  lua_xmove(scratch_, co, pushed);
  return pushed + 1;
}

// Puts the error object of `status` onto the stack of `scratch_`; without memory for one, the text
// by which Lua tells of that, which then stands for it.
void Tasks::PushFailure(lua_State* co, const Status& status) {
  lua_settop(scratch_, 0);
  const Status made = CallProtected(scratch_, 0, 1, [&](lua_State* L) {
    PushErrorOf(L, co, status);
    return 1;
  });
  if (!made.ok()) lua_getfield(scratch_, LUA_REGISTRYINDEX, kNoMemoryKey);
}

// The error value on top of the stack of `co`, which may be full.
Status Tasks::TakeError(lua_State* co) {
  lua_settop(scratch_, 0);
  lua_xmove(co, scratch_, 1);
  return ToStatus(scratch_, 1);
}

void Tasks::Continue(lua_State* co, const Result<Push>& outcome) {
  running_.at(co).parked = false;
  Step(co, PushOutcome(co, outcome));
}

void Tasks::Step(lua_State* co, int arguments) {
  const int code = lua_resume(co, arguments);
  if (code == LUA_YIELD) {
    if (running_.at(co).parked) return;
    return Finish(co, Error(ErrorKind::kScript, "tasks: coroutine.yield outside a coroutine"));
  }
  if (code != 0) return Finish(co, TakeError(co));
  const bool ok = lua_toboolean(co, 1) != 0;
  if (ok) lua_remove(co, 1);
  Finish(co, ok ? Status::OK() : TakeError(co));
}

void Tasks::Finish(lua_State* co, Status status) {
  auto entry = running_.extract(co).mapped();
  Task& task = *entry.task;
  task.done = true;
  task.status = std::move(status);
  if (task.status.ok() && task.on_results) task.status = task.on_results(co);
  luaL_unref(L_, LUA_REGISTRYINDEX, entry.anchor);
  if (!task.status.ok() && !task.waited_for) failed_.push_back(entry.task);
  auto callbacks = std::exchange(task.on_done, {});
  for (const auto& callback : callbacks) callback();
}

void Tasks::Interrupt(const Status& reason) {
  auto waits = std::exchange(interruptible_, {});
  for (const auto& entry : waits) {
    auto waiting = entry.lock();
    if (waiting == nullptr || waiting->settled) continue;
    loop_.Post([this, waiting, reason] {
      GiveUp give_up = std::exchange(waiting->give_up, nullptr);
      if (give_up) give_up();
      Settle(*waiting, reason);
    });
  }
}

std::vector<Status> Tasks::TakeUnseenFailures() {
  std::vector<Status> unseen;
  for (const TaskPtr& task : std::exchange(failed_, {})) {
    if (!task->waited_for) unseen.push_back(task->status);
  }
  return unseen;
}

}  // namespace tideway::binding
