// Claims jobs for those who ask, keeps their leases, and tells the store how they ended.
//
//   ARROW_ASSIGN_OR_RAISE(auto worker, Worker::Start(uri, {.claim = {.queue = "emails"}}));
//   worker->Take([](Result<HeldPtr> held) { ... });          // null: there will be no other
//   worker->Settle(held, Outcome::Done(held->job(), "null"), [](Result<bool> counts) { ... });
//
// A thread of its own does all that waits for the database, so leases are renewed (each third of
// their time) whatever the handlers do. It claims as many jobs at once as are asked for, and
// settles together what ended meanwhile: ten jobs cost one sync. Where there is nothing to claim it
// looks again after 5 ms, then after twice as long each time, up to a quarter of a second.
//
// Drain() ends claiming: jobs that run may end within `grace_s`; then, and in the destructor, those
// still held are released, so that another worker takes them at once. A database that is away is
// waited for; what was held meanwhile counts as lost when its lease is over.
//
// Threads: all methods from any thread. Callbacks run on the worker's thread, once each, must be
// short, and may call Take() and Settle(). Those still waiting when it is destroyed are dropped.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/queue/backoff.h"
#include "core/queue/queue.h"

namespace tideway::queue {

// A claimed job, and whether it still is whose it was.
class Held {
 public:
  Held(Job job, std::chrono::nanoseconds lease_end) : job_(std::move(job)), lease_end_(lease_end) {}
  const Job& job() const { return job_; }
  // OK while the lease holds; else an error of kind interrupted: another worker may have the job.
  Status Check(const Clock& clock = SystemClock()) const;

 private:
  friend class Worker;
  const Job job_;
  std::atomic<std::chrono::nanoseconds> lease_end_;  // Monotonic()
  std::atomic<bool> lost_{false};
};
using HeldPtr = std::shared_ptr<Held>;

struct WorkerOptions {
  ClaimSpec claim = {};
  int64_t tries = 5;                         // after so many whose worker died a job is dead
  double grace_s = 30;                       // that Drain() leaves to running jobs
  bool until_empty = false;                  // drain once the queue has no unfinished job
  std::function<void()> on_grace_over = {};  // called when jobs were taken from their handlers
  double timeout_s = 10;                     // of the store
  const Clock* clock = nullptr;              // of the store

  Status Validate() const;
};

class Worker {
 public:
  using OnJob = std::function<void(Result<HeldPtr>)>;
  using OnSettled = std::function<void(Result<bool>)>;

  static Result<std::shared_ptr<Worker>> Start(const std::string& uri, WorkerOptions options);
  ~Worker();

  // Asks for a job; `on_job` gets null when no more are claimed, and an error that does not pass.
  void Take(OnJob on_job);
  // Ends the claim. False: it counts no more.
  void Settle(const HeldPtr& held, Outcome outcome, OnSettled on_settled);
  void Drain();

 private:
  struct State;
  explicit Worker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "host:pid": who has claimed a job, for people.
std::string OwnerName();

}  // namespace tideway::queue
