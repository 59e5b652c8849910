// The event loop (libuv): one thread runs Lua; work that waits or computes happens elsewhere and
// comes back as a callback on the loop's thread.
//
//   Loop loop;
//   loop.Offload([] { return SlowCall(); }, [](Status status) { ... on the loop's thread ... });
//   loop.After(std::chrono::seconds(2), [] { ... });
//   loop.Run();                                             // until nothing is pending
//
// Callbacks never run inside libuv, so one of them may call RunUntil() itself: a script outside a
// task waits that way. Threads: Post() is safe from any thread; all else belongs to the loop's
// thread. Callbacks run on the loop's thread and must not block.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "core/base/clock.h"
#include "core/base/error.h"

namespace tideway::loop {

class Loop {
 public:
  // Timers fall due by `clock`'s Monotonic(). With one thread, work is done in the order of
  // Offload().
  explicit Loop(const Clock& clock = SystemClock(), size_t max_threads = 64);
  // Waits for work that has started; its `done`, and all other callbacks, are dropped.
  ~Loop();
  Loop(const Loop&) = delete;

  // Runs `work` on a thread of its own pool, then `done` with its result on the loop's thread. The
  // pool grows to `max_threads`, which are meant to wait (a query, an execution): computing belongs
  // to TBB. A C++ exception out of `work` arrives as an error of kind internal.
  void Offload(std::function<Status()> work, std::function<void(Status)> done);
  // Calls `callback` once after `delay`. Returns an id for CancelTimer.
  uint64_t After(std::chrono::nanoseconds delay, std::function<void()> callback);
  // A timer that has fired or does not exist is ignored.
  void CancelTimer(uint64_t id);
  // Runs `callback` on the loop's thread soon.
  void Post(std::function<void()> callback);

  // Runs callbacks until no work, timer or post is pending.
  void Run();
  // Runs callbacks until `done` returns true (looked at after each) or nothing is pending.
  void RunUntil(const std::function<bool()>& done);
  // Work, timers and posts that have not been called back yet: what a leak check looks at.
  int pending() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tideway::loop
