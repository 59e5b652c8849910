// Jobs that outlive whoever asked for them, in SQLite or PostgreSQL.
//
//   CancelToken cancel;
//   ARROW_ASSIGN_OR_RAISE(auto store, Store::Open("sqlite:.tideway/state.db", {}, cancel));
//   ARROW_ASSIGN_OR_RAISE(auto pushed, store->Push("emails", {{.name = "send"}}, 100));
//   ARROW_ASSIGN_OR_RAISE(auto jobs, store->Claim({.queue = "emails", .owner = "me"}, 1));
//   ARROW_ASSIGN_OR_RAISE(auto kept, store->Settle({Outcome::Done(jobs[0], "null")}));
//
// A job is ready, or delayed until its time; a worker that claims it makes it running and holds a
// lease on it. It ends as done, with a result; as dead, with a reason, when no try is left; or as
// cancelled. Each claim raises the job's fence, and nothing that a holder of an older fence says
// changes the job: a worker that was stopped past its lease finds that out, and does no harm. So a
// job is done at least once, and what is written in the same transaction as its completion exactly
// once.
//
// A push and what Settle() says are on the disk when the call returns. A claim, a heartbeat and a
// sweep reach it a moment later: a machine that loses its power forgets some, and the jobs are
// claimed again; nobody who held them lives on. (On a copy of the database that is read-only, or
// behind PostgreSQL's own synchronous_commit = off, that holds no more.)
//
// Time is the server's on PostgreSQL. On SQLite it is the wall time of the one machine: where it
// jumps ahead leases end early, and a running job may be claimed by a second worker, whose fence
// then counts; where it jumps back, leases end and delayed jobs begin later by as much.
//
// Threads: all methods are safe from any thread and block. Errors: those of sql/ledger.h; usage for
// arguments that make no sense; not_found (Open() to read where no queue is).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/sql/ledger.h"

namespace tideway::queue {

inline constexpr int64_t kMaxSize = 100;  // unfinished jobs of a queue, unless it says otherwise
inline constexpr double kLease_s = 30;

enum class JobState { kReady, kDelayed, kRunning, kDone, kDead, kCancelled };
// "ready", "delayed", ...
std::string_view JobStateName(JobState state);
// Errors of kind usage, with a suggestion.
Result<JobState> ParseJobState(const std::string& name);
// Whether a job in it will never change again by itself.
bool IsFinished(JobState state);

struct NewJob {
  std::string name = {};         // which handler is meant
  std::string payload = "null";  // JSON
  int64_t priority = 0;          // higher goes first
  double delay_s = 0;            // not before as many seconds
  std::string key = {};          // at most one unfinished job of a queue has it; empty: none
  std::string id = {};           // from NewJobId(); empty: Push() makes one

  Status Validate() const;
};

// What became of a push: the ids, in order; that of the job which is there for a key that is taken.
struct Pushed {
  bool full = false;  // nothing was pushed: there would be more than max_size
  std::vector<std::string> ids;
};

// A job in the hands of who claimed it.
struct Job {
  std::string id;
  std::string name;
  std::string payload;
  std::string key;
  int64_t attempt = 0;  // from 1
  int64_t fence = 0;    // higher than that of every earlier claim of the job
};

struct ClaimSpec {
  std::string queue = {};
  std::string owner = {};  // for people: "host:pid"
  double lease_s = kLease_s;
};

// How a claim ends. Each is refused when the job was claimed again, or cancelled, meanwhile.
struct Outcome {
  enum class Kind { kDone, kRetry, kDead, kRelease };
  Kind kind = Kind::kDone;
  std::string id;
  int64_t fence = 0;
  std::string text = {};  // the result as JSON, or the reason
  double wait_s = 0;      // kRetry: before the next try

  static Outcome Done(const Job& job, std::string result) {
    return {Kind::kDone, job.id, job.fence, std::move(result)};
  }
  static Outcome Retry(const Job& job, std::string reason, double wait_s) {
    return {Kind::kRetry, job.id, job.fence, std::move(reason), wait_s};
  }
  static Outcome Dead(const Job& job, std::string reason) {
    return {Kind::kDead, job.id, job.fence, std::move(reason)};
  }
  // As if it had never been claimed, but for the fence.
  static Outcome Release(const Job& job) { return {Kind::kRelease, job.id, job.fence}; }
};

// All that is known of a job. Times are microseconds since 1970; those that have not come are null.
struct JobRecord {
  std::string id, queue, name, payload, key;
  JobState state = JobState::kReady;
  int64_t priority = 0, attempts = 0, fence = 0;
  std::string owner, result, error;
  int64_t created_at = 0, run_at = 0;
  std::optional<int64_t> started_at, finished_at, lease_until;
};

// Which jobs are meant; what is not said does not matter.
struct JobFilter {
  std::string queue = {};
  std::string id = {};
  std::vector<JobState> states = {};
  double older_s = 0;  // finished as long ago, or more
};

struct QueueCount {
  std::string queue = {};
  JobState state = JobState::kReady;
  int64_t jobs = 0;
};

struct StoreOptions {
  bool read_only = false;        // makes nothing; what changes jobs fails
  double timeout_s = 10;         // for a lock of others, for an answer
  const Clock* clock = nullptr;  // SQLite: the system's; PostgreSQL: what tests add to the server's
};

// For a caller's own transaction on the same database: changes one row, or none.
struct Statement {
  std::string sql;
  std::vector<sql::Param> params;
};

class Store {
 public:
  // Makes the tables where they are missing. Errors: conflict for tables of a newer version;
  // not_found with read_only where there are none. `cancel` outlives the store.
  static Result<std::shared_ptr<Store>> Open(std::string_view uri, const StoreOptions& options,
                                             const CancelToken& cancel);
  ~Store();
  const std::string& uri() const;
  bool shared() const;  // as of sql::Ledger

  // Adds jobs, all or none; none when more than `max_size` unfinished ones would be in the queue.
  // On PostgreSQL, where many push at the same time, as many more as they push may come to be
  // there.
  Result<Pushed> Push(const std::string& queue, std::vector<NewJob> jobs, int64_t max_size);
  // Claims up to `count` jobs, those of the highest priority that are ready the longest first.
  Result<std::vector<Job>> Claim(const ClaimSpec& spec, int64_t count);
  // Makes jobs ready whose time has come or whose lease has ended; of the latter those dead that
  // were tried `tries` times. Returns how many became ready.
  Result<int64_t> Sweep(const std::string& queue, int64_t tries);
  // Renews leases; for each job whether it is still held.
  Result<std::vector<bool>> Heartbeat(const std::vector<Job>& jobs, double lease_s);
  // Ends claims, each on its own; for each whether it counts. One that is said twice counts.
  Result<std::vector<bool>> Settle(const std::vector<Outcome>& outcomes);

  // Pushes `job`, whose id is set, unless max_size jobs are there or its key is taken.
  Result<Statement> PushStatement(const std::string& queue, const NewJob& job,
                                  int64_t max_size) const;
  // Changes the row, but no value of it, of the unfinished job with that key.
  Statement TouchKeyStatement(const std::string& queue, const std::string& key) const;
  // Ends the claim as done; changes no row when the claim counts no more.
  Statement CompleteStatement(const Outcome& done) const;

  Result<std::optional<JobRecord>> Find(const std::string& id);
  // The id of the unfinished job with that key.
  Result<std::optional<std::string>> FindKey(const std::string& queue, const std::string& key);
  // Whether the queue has no unfinished job.
  Result<bool> IsEmpty(const std::string& queue);
  // Whether it was unfinished, and now is cancelled. Whoever runs it is told at the next heartbeat.
  Result<bool> Cancel(const std::string& id);
  // The newest first.
  Result<std::vector<JobRecord>> List(const JobFilter& filter, int64_t limit);
  Result<std::vector<QueueCount>> Counts();
  // Makes dead jobs ready again, with all their tries; the ids. One whose key another unfinished
  // job has stays dead.
  Result<std::vector<std::string>> Retry(const JobFilter& filter, bool dry_run);
  // Deletes finished jobs; how many.
  Result<int64_t> Purge(const JobFilter& filter, bool dry_run);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tideway::queue
