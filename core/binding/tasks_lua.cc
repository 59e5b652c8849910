#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/errors.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/tasks.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<Task> = "tideway.TaskHandle";

namespace {

constexpr double kMaxSleepSeconds = 1e8;

// spawn(function): a handle of the task that runs it.
Result<int> Spawn(lua_State* L) {
  if (!lua_isfunction(L, 1)) RaiseArgument(L, 1, "a function");
  lua_settop(L, 1);
  PushObject(L, RuntimeOf(L).tasks().Spawn(L, 0));
  return 1;
}

// wait(handle): returns when the task is done; raises its error.
Result<int> WaitForTask(lua_State* L) {
  auto task = CheckObject<Task>(L, 1);
  task->waited_for = true;
  if (task->done) {
    RETURN_NOT_OK(task->status);
    return 0;
  }
  return ParkUntil(L, [task](Resume resume) -> GiveUp {
    task->on_done.push_back([task = task.get(), resume = std::move(resume)] {
      resume(task->status.ok() ? Result<Push>(Push()) : Result<Push>(task->status));
    });
    return {};
  });
}

Result<int> IsDone(lua_State* L) {
  lua_pushboolean(L, CheckSelf<Task>(L).done ? 1 : 0);
  return 1;
}

// new_event(): a handle for which `wait` waits until `set` is called.
Result<int> NewEvent(lua_State* L) {
  PushObject(L, std::make_shared<Task>());
  return 1;
}

// set(event): those who wait for it go on, once the caller waits. Setting it again does nothing.
Result<int> SetEvent(lua_State* L) {
  auto event = CheckObject<Task>(L, 1);
  event->done = true;
  auto callbacks = std::exchange(event->on_done, {});
  RuntimeOf(L).loop().Post([event, callbacks = std::move(callbacks)] {
    for (const auto& callback : callbacks) callback();
  });
  return 0;
}

Result<int> Sleep(lua_State* L) {
  const double seconds = CheckNumber(L, 1);
  if (!(seconds >= 0 && seconds <= kMaxSleepSeconds)) {
    const double shown = std::isnan(seconds) ? std::fabs(seconds) : seconds;  // never "-nan"
    return Error(ErrorKind::kUsage,
                 fmt::format("tw.sleep: seconds must be from 0 to 1e8: {}", shown));
  }
  loop::Loop& loop = RuntimeOf(L).loop();
  return ParkUntil(L, [&loop, seconds](Resume resume) -> GiveUp {
    const auto delay = std::chrono::duration<double>(seconds);
    const uint64_t timer = loop.After(std::chrono::duration_cast<std::chrono::nanoseconds>(delay),
                                      [resume = std::move(resume)] { resume(Push()); });
    return [&loop, timer] { loop.CancelTimer(timer); };
  });
}

}  // namespace

int OpenTasks(lua_State* L) {
  return PushModule(L, {{"spawn", Entry<Spawn>},
                        {"wait", WaitingEntry<WaitForTask>},
                        {"done", Entry<IsDone>},
                        {"new_event", Entry<NewEvent>},
                        {"set", Entry<SetEvent>},
                        {"sleep", WaitingEntry<Sleep>}});
}

}  // namespace tideway::binding
