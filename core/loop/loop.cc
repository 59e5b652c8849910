#include "core/loop/loop.h"

#include <uv.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "core/loop/pool.h"

namespace tideway::loop {

namespace {

Status RunGuarded(const std::function<Status()>& work) {
  try {
    return work();
  } catch (const std::exception& e) {
    return Error(ErrorKind::kInternal, std::string("loop: exception in a job: ") + e.what());
  }
}

}  // namespace

// libuv only wakes and waits: its callbacks move what is ready into `ready`, and the callbacks of
// the users run after uv_run has returned. (uv_run must not be entered twice.)
struct Loop::State {
  struct Timer {
    uint64_t id;
    std::function<void()> callback;
  };

  State(const Clock& clock_in, size_t max_threads) : clock(clock_in), pool(max_threads) {
    uv_loop_init(&uv);
    uv_async_init(&uv, &wake, [](uv_async_t*) {});
    uv_timer_init(&uv, &alarm);
  }

  ~State() {
    pool.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&wake), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&alarm), nullptr);
    uv_run(&uv, UV_RUN_DEFAULT);
    uv_loop_close(&uv);
  }

  // `ended_jobs` are pending by this callback from now on, and no longer by themselves.
  void Post(std::function<void()> callback, int ended_jobs = 0) {
    std::lock_guard lock(mutex);
    offloaded -= ended_jobs;
    posted.push_back(std::move(callback));
    uv_async_send(&wake);
  }

  void StartJob() {
    std::lock_guard lock(mutex);
    ++offloaded;
  }

  void TakePosted() {
    std::lock_guard lock(mutex);
    std::move(posted.begin(), posted.end(), std::back_inserter(ready));
    posted.clear();
  }

  void TakeDueTimers() {
    const auto now = clock.Monotonic();
    while (!timers.empty() && timers.begin()->first <= now) {
      ready.push_back(std::move(timers.begin()->second.callback));
      timers.erase(timers.begin());
    }
  }

  // Blocks in libuv until something is posted or the next timer is due.
  void Wait() {
    if (!timers.empty()) {
      auto delay = timers.begin()->first - clock.Monotonic();
      auto delay_ms = std::chrono::ceil<std::chrono::milliseconds>(delay).count();
      uv_update_time(&uv);
      uv_timer_start(
          &alarm, [](uv_timer_t*) {}, static_cast<uint64_t>(std::max<int64_t>(delay_ms, 0)), 0);
    }
    uv_run(&uv, UV_RUN_ONCE);
    uv_timer_stop(&alarm);
  }

  int Pending() {
    std::lock_guard lock(mutex);
    return static_cast<int>(posted.size() + ready.size() + timers.size()) + offloaded;
  }

  const Clock& clock;
  uv_loop_t uv;
  uv_async_t wake;
  uv_timer_t alarm;
  std::mutex mutex;
  // Guarded by mutex; the rest is the loop thread's.
  std::deque<std::function<void()>> posted;
  int offloaded = 0;  // jobs whose completion has not been posted
  std::deque<std::function<void()>> ready;
  std::multimap<std::chrono::nanoseconds, Timer> timers;
  uint64_t next_timer = 1;
  std::optional<Pool> pool;
};

Loop::Loop(const Clock& clock, size_t max_threads)
    : state_(std::make_unique<State>(clock, max_threads)) {}
Loop::~Loop() = default;

void Loop::Offload(std::function<Status()> work, std::function<void(Status)> done) {
  State* state = state_.get();
  state->StartJob();
  state->pool->Run([state, work = std::move(work), done = std::move(done)]() mutable {
    Status status = RunGuarded(work);
    work = nullptr;
    state->Post([status = std::move(status), done = std::move(done)] { done(status); }, 1);
  });
}

uint64_t Loop::After(std::chrono::nanoseconds delay, std::function<void()> callback) {
  const uint64_t id = state_->next_timer++;
  state_->timers.emplace(state_->clock.Monotonic() + delay, State::Timer{id, std::move(callback)});
  return id;
}

void Loop::CancelTimer(uint64_t id) {
  std::erase_if(state_->timers, [id](const auto& entry) { return entry.second.id == id; });
}

void Loop::Post(std::function<void()> callback) { state_->Post(std::move(callback)); }

void Loop::Run() {
  RunUntil([] { return false; });
}

void Loop::RunUntil(const std::function<bool()>& done) {
  while (!done()) {
    state_->TakePosted();
    state_->TakeDueTimers();
    if (state_->ready.empty()) {
      if (state_->Pending() == 0) return;
      state_->Wait();
      continue;
    }
    auto callback = std::move(state_->ready.front());
    state_->ready.pop_front();
    callback();
  }
}

int Loop::pending() const { return state_->Pending(); }

}  // namespace tideway::loop
