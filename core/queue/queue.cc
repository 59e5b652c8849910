#include "core/queue/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/queue/job_id.h"
#include "core/queue/record_internal.h"
#include "core/queue/store_internal.h"

namespace tideway::queue {

using sql::LedgerRow;
using sql::LedgerRows;
using sql::Param;
using sql::Sync;

namespace {

// What is added to the clock of a server.
const Clock& NothingAdded() {
  static const FakeClock clock;
  return clock;
}

std::vector<Param> PushParams(const Param& now, const std::string& queue, const NewJob& job) {
  std::vector<Param> params = {now,         job.id, queue,        job.name,
                               job.payload, {},     job.priority, Microseconds(job.delay_s)};
  if (!job.key.empty()) params[5] = job.key;
  return params;
}

// Claimed rows in the order of their turn, which RETURNING does not keep.
std::vector<Job> JobsOf(LedgerRows rows) {
  constexpr size_t kPriority = 6, kRunAt = 7, kSeq = 8;
  std::ranges::sort(rows, {}, [](const LedgerRow& row) {
    return std::tuple(-Int(row[kPriority]), Int(row[kRunAt]), Int(row[kSeq]));
  });
  std::vector<Job> jobs;
  for (const LedgerRow& row : rows) {
    jobs.push_back(
        {Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3]), Int(row[4]), Int(row[5])});
  }
  return jobs;
}

// The statement that says so, what it takes, and the state it leads to.
struct Told {
  const std::string* sql;
  std::vector<Param> params;
  JobState state;
};

Told Tell(const Outcome& outcome, const Statements& texts, const Param& now) {
  switch (outcome.kind) {
    case Outcome::Kind::kDone:
      return {&texts.complete, {now, outcome.text, outcome.id, outcome.fence}, JobState::kDone};
    case Outcome::Kind::kRetry:
      return {&texts.retry,
              {now, outcome.text, outcome.id, outcome.fence, Microseconds(outcome.wait_s)},
              JobState::kDelayed};
    case Outcome::Kind::kDead:
      return {&texts.dead, {now, outcome.text, outcome.id, outcome.fence}, JobState::kDead};
    case Outcome::Kind::kRelease:
      break;
  }
  return {&texts.release, {outcome.id, outcome.fence}, JobState::kReady};
}

}  // namespace

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;
const std::string& Store::uri() const { return state_->ledger->uri(); }
bool Store::shared() const { return state_->ledger->shared(); }

Result<std::shared_ptr<Store>> Store::Open(std::string_view uri, const StoreOptions& options,
                                           const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(
      auto ledger,
      sql::OpenLedger(uri, {.timeout_s = options.timeout_s, .read_only = options.read_only},
                      cancel));
  const Clock& machine = ledger->shared() ? NothingAdded() : SystemClock();
  auto state = std::make_unique<State>(std::move(ledger),
                                       options.clock == nullptr ? machine : *options.clock);
  RETURN_NOT_OK(options.read_only ? state->CheckVersion() : state->Create());
  return std::shared_ptr<Store>(new Store(std::move(state)));
}

Status Store::State::Create() {
  ARROW_ASSIGN_OR_RAISE(const LedgerRows there, Run(Sync::kReads, texts.has_tables, {}));
  if (!there.empty()) return CheckVersion();
  RETURN_NOT_OK(Transact(Sync::kNow, [&]() -> Result<bool> {
    if (!texts.lock_creation.empty()) RETURN_NOT_OK(ledger->Run(texts.lock_creation, {}).status());
    ARROW_ASSIGN_OR_RAISE(const LedgerRows made, ledger->Run(texts.has_tables, {}));
    if (!made.empty()) return true;
    RETURN_NOT_OK(ledger->RunAll(texts.create));
    RETURN_NOT_OK(ledger->Run(texts.set_version, {kTablesVersion}).status());
    return true;
  }));
  return CheckVersion();
}

Status Store::State::CheckVersion() {
  ARROW_ASSIGN_OR_RAISE(const LedgerRows there, Run(Sync::kReads, texts.has_tables, {}));
  if (there.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("queue: no queue in {}", ledger->uri()))
        .Hint("the first push makes it; is it another database?");
  }
  ARROW_ASSIGN_OR_RAISE(const LedgerRows rows, Run(Sync::kReads, texts.version, {}));
  const int64_t version = Int(rows[0][0]);
  if (version == kTablesVersion) return Status::OK();
  return Error(ErrorKind::kConflict,
               fmt::format("queue: {} holds tables of version {}, and this program knows {}",
                           ledger->uri(), version, kTablesVersion))
      .Hint("use the program that made them, or a newer one");
}

Result<Pushed> Store::Push(const std::string& queue, std::vector<NewJob> jobs, int64_t max_size) {
  RETURN_NOT_OK(CheckQueueName(queue));
  std::vector<std::vector<Param>> params;
  Pushed pushed;
  for (NewJob& job : jobs) {
    if (job.id.empty()) job.id = NewJobId();
    RETURN_NOT_OK(job.Validate());
    params.push_back(PushParams(state_->Now(), queue, job));
    pushed.ids.push_back(job.id);
  }
  RETURN_NOT_OK(state_->Transact(Sync::kNow, [&]() -> Result<bool> {
    sql::Ledger& ledger = *state_->ledger;
    ARROW_ASSIGN_OR_RAISE(const auto inserted, ledger.RunEach(state_->texts.push, params));
    bool added = false;
    for (size_t i = 0; i < jobs.size(); ++i) {
      added |= !inserted[i].empty();
      if (!inserted[i].empty() || jobs[i].key.empty()) continue;
      ARROW_ASSIGN_OR_RAISE(const LedgerRows taken,
                            ledger.Run(state_->texts.find_key, {queue, jobs[i].key}));
      if (!taken.empty()) {
        pushed.ids[i] = Text(taken[0][0]);
        continue;
      }
      // Its id is there already, from before a commit whose answer was lost; else who had the key
      // has ended just now.
      ARROW_ASSIGN_OR_RAISE(const LedgerRows own, ledger.Run(state_->texts.find, {jobs[i].id}));
      if (own.empty()) {
        return Error(ErrorKind::kConflict,
                     fmt::format("queue: the job with the key has just ended: {}", jobs[i].key))
            .Retryable();
      }
    }
    if (!added) return true;
    ARROW_ASSIGN_OR_RAISE(const LedgerRows size,
                          ledger.Run(state_->texts.unfinished, {queue, max_size + 1}));
    pushed.full = Int(size[0][0]) > max_size;
    return !pushed.full;
  }));
  if (pushed.full) pushed.ids.clear();
  return pushed;
}

Result<std::vector<Job>> Store::Claim(const ClaimSpec& spec, int64_t count) {
  ARROW_ASSIGN_OR_RAISE(
      LedgerRows rows,
      state_->Run(Sync::kLater, state_->texts.claim,
                  {state_->Now(), spec.owner, Microseconds(spec.lease_s), spec.queue, count}));
  return JobsOf(std::move(rows));
}

Result<int64_t> Store::Sweep(const std::string& queue, int64_t tries) {
  int64_t ready = 0;
  RETURN_NOT_OK(state_->Transact(Sync::kLater, [&]() -> Result<bool> {
    sql::Ledger& ledger = *state_->ledger;
    const Param now = state_->Now();
    ARROW_ASSIGN_OR_RAISE(const LedgerRows woken, ledger.Run(state_->texts.wake, {now, queue}));
    ARROW_ASSIGN_OR_RAISE(const LedgerRows revived,
                          ledger.Run(state_->texts.revive, {now, queue, tries}));
    ARROW_ASSIGN_OR_RAISE(const LedgerRows buried,
                          ledger.Run(state_->texts.bury, {now, queue, tries}));
    ready = static_cast<int64_t>(woken.size() + revived.size());
    return ready > 0 || !buried.empty();
  }));
  return ready;
}

Result<std::vector<bool>> Store::Heartbeat(const std::vector<Job>& jobs, double lease_s) {
  std::vector<bool> held;
  std::vector<std::vector<Param>> params;
  for (const Job& job : jobs) {
    params.push_back({state_->Now(), Microseconds(lease_s), job.id, job.fence});
  }
  RETURN_NOT_OK(state_->Transact(Sync::kLater, [&]() -> Result<bool> {
    held.clear();
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          state_->ledger->RunEach(state_->texts.heartbeat, params));
    for (const LedgerRows& row : rows) held.push_back(!row.empty());
    return true;
  }));
  return held;
}

Result<std::vector<bool>> Store::Settle(const std::vector<Outcome>& outcomes) {
  std::vector<bool> counts(outcomes.size(), false);
  std::vector<Told> told;
  for (const Outcome& outcome : outcomes) {
    told.push_back(Tell(outcome, state_->texts, state_->Now()));
  }
  // Those of one statement go together.
  std::vector<std::vector<size_t>> groups(std::size(kOutcomeKinds));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    groups[static_cast<size_t>(outcomes[i].kind)].push_back(i);
  }
  RETURN_NOT_OK(state_->Transact(Sync::kNow, [&]() -> Result<bool> {
    for (const auto& group : groups) {
      if (group.empty()) continue;
      std::vector<std::vector<Param>> params;
      for (const size_t i : group) params.push_back(told[i].params);
      ARROW_ASSIGN_OR_RAISE(const auto rows, state_->ledger->RunEach(*told[group[0]].sql, params));
      for (size_t i = 0; i < group.size(); ++i) counts[group[i]] = !rows[i].empty();
    }
    // It may have been said before.
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (counts[i]) continue;
      ARROW_ASSIGN_OR_RAISE(
          const LedgerRows rows,
          state_->ledger->Run(state_->texts.outcome, {outcomes[i].id, outcomes[i].fence}));
      counts[i] = !rows.empty() && Text(rows[0][0]) == JobStateName(told[i].state);
    }
    return true;
  }));
  return counts;
}

Result<Statement> Store::PushStatement(const std::string& queue, const NewJob& job,
                                       int64_t max_size) const {
  RETURN_NOT_OK(CheckQueueName(queue));
  RETURN_NOT_OK(job.Validate());
  Statement statement{state_->texts.push_bounded, PushParams(state_->Now(), queue, job)};
  statement.params.emplace_back(max_size);
  return statement;
}

Statement Store::TouchKeyStatement(const std::string& queue, const std::string& key) const {
  return {state_->texts.touch_key, {queue, key}};
}

Statement Store::CompleteStatement(const Outcome& done) const {
  const Told told = Tell(done, state_->texts, state_->Now());
  return {*told.sql, told.params};
}

}  // namespace tideway::queue
