#include "core/app/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/app/exit_code.h"
#include "core/base/log.h"

namespace tideway::app {
namespace {

constexpr timespec kDrainTime{5, 0};

sigset_t StoppingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

sigset_t WatchedSignals() {
  sigset_t signals = StoppingSignals();
  sigaddset(&signals, SIGUSR1);
  return signals;
}

// False: none came within kDrainTime.
bool WaitForAnother(const sigset_t& signals, bool without_end) {
  int signal = 0;
  if (without_end) return sigwait(&signals, &signal) == 0;
  do {
    signal = sigtimedwait(&signals, nullptr, &kDrainTime);
  } while (signal < 0 && errno == EINTR);
  return signal >= 0;
}

}  // namespace

SignalWatch::SignalWatch(Pace pace) : pace_(pace) {
  const sigset_t signals = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread(&SignalWatch::Watch, this);
}

SignalWatch::~SignalWatch() {
  stopping_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);  // wakes the thread; nobody else sees it
  thread_.join();
}

SignalWatch::Action::Action(SignalWatch& watch, std::function<void()> action) : watch_(watch) {
  std::lock_guard lock(watch_.mutex_);
  watch_.action_ = std::move(action);
  if (watch_.signalled_) watch_.action_();
}

SignalWatch::Action::~Action() {
  std::lock_guard lock(watch_.mutex_);
  watch_.action_ = nullptr;
}

void SignalWatch::Watch() {
  const sigset_t signals = WatchedSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  if (stopping_) return;
  LogWarn("stopping: {}; Ctrl-C again stops at once",
          pace_ == Pace::kDrain ? "what has begun may end" : "what is in flight gets 5 s");
  {
    std::lock_guard lock(mutex_);
    signalled_ = true;
    if (action_) action_();
  }
  const sigset_t again = StoppingSignals();
  for (int spare = signal == SIGUSR1 ? 1 : 0;; --spare) {
    const bool came = WaitForAnother(again, /*without_end=*/pace_ == Pace::kDrain);
    if (stopping_) return;
    if (!came || spare == 0) break;
  }
  LogError("stopped before the work in flight was done; nothing unfinished was published");
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace tideway::app
