// Ctrl-C, SIGTERM and SIGUSR1: the first asks to stop, a second, or five seconds, stops at once. A
// batch system sends SIGUSR1 before the time is over, perhaps with a SIGTERM to all of the job, in
// any order: those two count as one. A program that drains takes as long as its action lets it.
//
//   SignalWatch watch;                              // before any other thread
//   SignalWatch::Action action(watch, [&] { program->Interrupt(); });
//
// The signals are blocked in the thread that makes the watch and in all threads it starts later,
// and a thread of the watch waits for them. Temporaries that a stop at once leaves behind are
// removed by the next run. Threads: an action runs on the watch's thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace tideway::app {

class SignalWatch {
 public:
  enum class Pace { kSoon, kDrain };

  explicit SignalWatch(Pace pace = Pace::kSoon);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;

  // What the first signal does, while this object lives; at once when the signal has already come.
  class Action {
   public:
    Action(SignalWatch& watch, std::function<void()> action);
    ~Action();
    Action(const Action&) = delete;

   private:
    SignalWatch& watch_;
  };

 private:
  void Watch();

  const Pace pace_;
  std::mutex mutex_;
  std::function<void()> action_;
  std::atomic<bool> signalled_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tideway::app
