#include "core/queue/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>
#include <utility>

#include "core/base/host_name.h"
#include "core/base/log.h"
#include "core/queue/drain.h"

namespace tideway::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kFirstLook = milliseconds(5), kLastLook = milliseconds(250);
constexpr nanoseconds kSweepEvery = std::chrono::seconds(1);
constexpr nanoseconds kAwayLook = std::chrono::seconds(2);  // at a database that is away
constexpr int64_t kMostAtOnce = 256;

nanoseconds Seconds(double seconds) {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

Status Held::Check(const Clock& clock) const {
  if (!lost_ && clock.Monotonic() < lease_end_.load()) return Status::OK();
  return Error(ErrorKind::kInterrupted,
               fmt::format("queue: job {} ({}) is no longer this worker's", job_.id, job_.name))
      .Hint("it was cancelled, or its lease ended and another worker may have it");
}

Status WorkerOptions::Validate() const {
  if (!(claim.lease_s >= 1 && claim.lease_s <= 86400)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("queue: lease_s must be from 1 to 86400: {}", claim.lease_s));
  }
  if (grace_s >= 0 && grace_s <= 86400) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("queue: grace_s must be from 0 to 86400: {}", grace_s));
}

struct Worker::State {
  // An outcome on its way into the store.
  struct Ending {
    HeldPtr held;
    Outcome outcome;
    OnSettled on_settled;
  };

  explicit State(WorkerOptions chosen) : options(std::move(chosen)) {}

  nanoseconds Now() const { return SystemClock().Monotonic(); }
  nanoseconds lease() const { return Seconds(options.claim.lease_s); }

  void Run();
  bool Wait(std::unique_lock<std::mutex>& lock);
  nanoseconds NextWake() const;
  void SettleAll(std::unique_lock<std::mutex>& lock);
  void ClaimSome(std::unique_lock<std::mutex>& lock);
  Result<std::vector<Job>> Look(int64_t count);
  void Give(std::unique_lock<std::mutex>& lock, std::vector<Job> jobs, nanoseconds asked_at);
  void Beat(std::unique_lock<std::mutex>& lock);
  void Release(std::unique_lock<std::mutex>& lock);
  void EndGrace(std::unique_lock<std::mutex>& lock);
  void SendAway(std::unique_lock<std::mutex>& lock, const Status& why);
  void Forget(const HeldPtr& one) { std::erase(held, one); }

  const WorkerOptions options;
  CancelToken cancel;
  std::shared_ptr<Store> store;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<OnJob> takers;
  std::vector<Ending> endings;
  std::vector<HeldPtr> held;
  bool draining = false, stopping = false;
  nanoseconds grace_end{0};

  // Of the thread alone.
  nanoseconds next_look{0}, look_wait = kFirstLook, next_beat{0}, next_sweep{0};
  bool away = false;

  std::optional<Drain::Listener> listener;
  std::thread thread;
};

Worker::Worker(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::shared_ptr<Worker>> Worker::Start(const std::string& uri, WorkerOptions options) {
  RETURN_NOT_OK(options.Validate());
  auto state = std::make_unique<State>(std::move(options));
  const StoreOptions opening{.timeout_s = state->options.timeout_s, .clock = state->options.clock};
  ARROW_ASSIGN_OR_RAISE(state->store, Store::Open(uri, opening, state->cancel));
  std::shared_ptr<Worker> worker(new Worker(std::move(state)));
  State* const inner = worker->state_.get();
  inner->thread = std::thread([inner] { inner->Run(); });
  inner->listener.emplace([raw = worker.get()] { raw->Drain(); });
  return worker;
}

Worker::~Worker() {
  state_->listener.reset();
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

void Worker::Take(OnJob on_job) {
  std::lock_guard lock(state_->mutex);
  state_->takers.push_back(std::move(on_job));
  state_->changed.notify_one();
}

void Worker::Settle(const HeldPtr& held, Outcome outcome, OnSettled on_settled) {
  std::lock_guard lock(state_->mutex);
  state_->endings.push_back({held, std::move(outcome), std::move(on_settled)});
  state_->changed.notify_one();
}

void Worker::Drain() {
  std::lock_guard lock(state_->mutex);
  if (state_->draining) return;
  state_->draining = true;
  state_->grace_end = state_->Now() + Seconds(state_->options.grace_s);
  state_->changed.notify_one();
}

void Worker::State::Run() {
  std::unique_lock lock(mutex);
  while (Wait(lock)) {
    SettleAll(lock);
    if (draining) SendAway(lock, Status::OK());
    if (draining && !held.empty() && Now() >= grace_end) EndGrace(lock);
    if (!draining && !takers.empty() && Now() >= next_look) ClaimSome(lock);
    if (Now() >= next_beat) Beat(lock);
  }
  SettleAll(lock);
  Release(lock);
}

// Until there is something to do; false when it is to end.
bool Worker::State::Wait(std::unique_lock<std::mutex>& lock) {
  while (!stopping && endings.empty() && !(draining && !takers.empty())) {
    const nanoseconds wait = NextWake() - Now();
    if (wait <= wait.zero()) break;
    changed.wait_for(lock, wait);
  }
  return !stopping;
}

nanoseconds Worker::State::NextWake() const {
  nanoseconds wake = held.empty() ? Now() + std::chrono::hours(1) : next_beat;
  if (!draining && !takers.empty()) wake = std::min(wake, next_look);
  if (draining && !held.empty()) wake = std::min(wake, grace_end);
  return wake;
}

void Worker::State::SettleAll(std::unique_lock<std::mutex>& lock) {
  const std::vector<Ending> now = std::exchange(endings, {});
  if (now.empty()) return;
  lock.unlock();
  std::vector<Outcome> outcomes;
  for (const Ending& ending : now) outcomes.push_back(ending.outcome);
  const auto counts = store->Settle(outcomes);
  for (size_t i = 0; i < now.size(); ++i) {
    now[i].on_settled(counts.ok() ? Result<bool>((*counts)[i]) : counts.status());
  }
  lock.lock();
  for (const Ending& ending : now) Forget(ending.held);
}

void Worker::State::ClaimSome(std::unique_lock<std::mutex>& lock) {
  const auto wanted = std::min<int64_t>(static_cast<int64_t>(takers.size()), kMostAtOnce);
  lock.unlock();
  const nanoseconds asked_at = Now();
  const auto jobs = Look(wanted);
  const bool nothing = jobs.ok() && jobs->empty();
  const bool empty =
      nothing && options.until_empty && store->IsEmpty(options.claim.queue).ValueOr(false);
  lock.lock();
  const bool passes = jobs.ok() || IsRetryable(jobs.status());
  if (!passes) return SendAway(lock, jobs.status());
  if (!jobs.ok() && !std::exchange(away, true)) {
    LogWarn("{}; tried again until it answers", jobs.status().message());
  }
  if (jobs.ok() && std::exchange(away, false)) LogInfo("queue: the database answers again");
  if (empty && held.empty()) draining = true;
  look_wait = nothing ? std::min(2 * look_wait, kLastLook) : kFirstLook;
  next_look = Now() + (away ? kAwayLook : nothing ? look_wait : nanoseconds(0));
  if (jobs.ok()) Give(lock, *jobs, asked_at);
}

// Claims, and where there are too few looks for those whose time has come.
Result<std::vector<Job>> Worker::State::Look(int64_t count) {
  if (Now() >= next_sweep) {
    RETURN_NOT_OK(store->Sweep(options.claim.queue, options.tries).status());
    next_sweep = Now() + kSweepEvery;
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Job> jobs, store->Claim(options.claim, count));
  if (!jobs.empty()) return jobs;
  ARROW_ASSIGN_OR_RAISE(const int64_t ready, store->Sweep(options.claim.queue, options.tries));
  if (ready > 0) return store->Claim(options.claim, count);
  return jobs;
}

void Worker::State::Give(std::unique_lock<std::mutex>& lock, std::vector<Job> jobs,
                         nanoseconds asked_at) {
  if (held.empty()) next_beat = asked_at + lease() / 3;
  std::vector<std::pair<OnJob, HeldPtr>> given;
  for (Job& job : jobs) {
    held.push_back(std::make_shared<Held>(std::move(job), asked_at + lease()));
    given.emplace_back(std::move(takers.front()), held.back());
    takers.pop_front();
  }
  lock.unlock();
  for (auto& [on_job, one] : given) on_job(one);
  lock.lock();
}

void Worker::State::Beat(std::unique_lock<std::mutex>& lock) {
  const std::vector<HeldPtr> kept = held;
  const nanoseconds begun_at = Now();
  next_beat = begun_at + lease() / 3;
  if (kept.empty()) return;
  lock.unlock();
  std::vector<Job> jobs;
  for (const HeldPtr& one : kept) jobs.push_back(one->job());
  const auto still = store->Heartbeat(jobs, options.claim.lease_s);
  if (!still.ok()) LogWarn("{}: leases are not renewed", still.status().message());
  for (size_t i = 0; still.ok() && i < kept.size(); ++i) {
    if ((*still)[i]) {
      kept[i]->lease_end_ = begun_at + lease();
    } else {
      kept[i]->lost_ = true;
    }
  }
  lock.lock();
  if (!still.ok()) next_beat = Now() + std::min(lease() / 3, kAwayLook);
}

// Takes all jobs from their handlers, and gives them back.
void Worker::State::Release(std::unique_lock<std::mutex>& lock) {
  const std::vector<HeldPtr> given_back = std::exchange(held, {});
  if (given_back.empty()) return;
  lock.unlock();
  std::vector<Outcome> outcomes;
  for (const HeldPtr& one : given_back) {
    one->lost_ = true;
    outcomes.push_back(Outcome::Release(one->job()));
  }
  const auto counts = store->Settle(outcomes);
  if (!counts.ok()) {
    LogWarn("{}: {} jobs wait for the end of their leases", counts.status().message(),
            given_back.size());
  }
  lock.lock();
}

// Their handlers have had their time.
void Worker::State::EndGrace(std::unique_lock<std::mutex>& lock) {
  Release(lock);
  lock.unlock();
  if (options.on_grace_over) options.on_grace_over();
  lock.lock();
}

// Nobody who waits for a job gets one.
void Worker::State::SendAway(std::unique_lock<std::mutex>& lock, const Status& why) {
  const std::deque<OnJob> waiting = std::exchange(takers, {});
  lock.unlock();
  for (const OnJob& on_job : waiting) on_job(why.ok() ? Result<HeldPtr>(nullptr) : why);
  lock.lock();
}

std::string OwnerName() { return fmt::format("{}:{}", HostName(), getpid()); }

}  // namespace tideway::queue
