#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/userdata.h"
#include "core/queue/queue_lua_internal.h"
#include "core/queue/worker.h"
#include "core/sql/sql_lua.h"

namespace tideway::queue {

// A worker in Lua, and what it has given that no task has taken yet.
struct WorkerHandle {
  struct Inbox {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Result<HeldPtr>> arrived;
  };

  Backoff retry;
  std::shared_ptr<Store> store;  // of the same database, for what is asked beside
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  std::shared_ptr<Worker> worker;
};

}  // namespace tideway::queue

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<queue::WorkerHandle> = "tideway.QueueWorker";
template <>
inline constexpr const char* kClassName<queue::Held> = "tideway.HeldJob";

}  // namespace tideway::binding

namespace tideway::queue {
namespace {

using binding::Options;
using binding::Park;
using binding::Push;

constexpr std::chrono::milliseconds kTick{50};

Status ReadRetry(lua_State* L, Options& options, Backoff& backoff) {
  options.PushValue("retry");
  Options retry(L, lua_gettop(L), "queue.work");
  backoff.tries = retry.Int("tries", backoff.tries);
  backoff.base_s = retry.Number("base_s", backoff.base_s);
  backoff.cap_s = retry.Number("cap_s", backoff.cap_s);
  const std::string jitter = retry.String("jitter", "full");
  retry.Finish();
  lua_pop(L, 1);
  if (jitter != "full" && jitter != "none") {
    return Error(ErrorKind::kUsage,
                 "queue.work: retry.jitter must be \"full\" or \"none\": " + jitter);
  }
  backoff.jitter = jitter == "full";
  return backoff.Validate();
}

Result<WorkerOptions> ReadOptions(lua_State* L, Backoff& retry) {
  WorkerOptions worker;
  worker.claim = {.queue = binding::CheckString(L, 2), .owner = OwnerName()};
  Options options(L, 3, "queue.work");
  worker.claim.lease_s = options.Number("lease_s", kLease_s);
  worker.grace_s = options.Number("grace_s", worker.grace_s);
  worker.until_empty = options.Bool("until_empty", false);
  RETURN_NOT_OK(ReadRetry(L, options, retry));
  worker.tries = retry.tries;
  options.Finish();
  RETURN_NOT_OK(worker.Validate());
  return worker;
}

Result<Outcome> ReadOutcome(const WorkerHandle& handle, const Job& job, const std::string& kind,
                            std::string text) {
  if (kind == "done") return Outcome::Done(job, std::move(text));
  if (kind == "dead") return Outcome::Dead(job, std::move(text));
  if (kind == "release") return Outcome::Release(job);
  static std::mt19937_64 random{std::random_device{}()};  // of the Lua thread
  const double share = std::uniform_real_distribution<double>()(random);
  const auto wait_s = handle.retry.WaitAfter(job.attempt, share);
  return wait_s ? Outcome::Retry(job, std::move(text), *wait_s)
                : Outcome::Dead(job, std::move(text));
}

}  // namespace

// start(uri, queue, options): a worker.
Result<int> StartWorker(lua_State* L) {
  const std::string uri = binding::CheckSecretOrString(L, 1);
  auto handle = std::make_shared<WorkerHandle>();
  ARROW_ASSIGN_OR_RAISE(WorkerOptions options, ReadOptions(L, handle->retry));
  binding::Runtime& runtime = binding::RuntimeOf(L);
  options.on_grace_over = [&runtime] {
    runtime.run().cancel().Cancel();
    runtime.loop().Post([&runtime] { runtime.Interrupt(); });
  };
  const CancelToken& cancel = runtime.run().cancel();
  return Park(L, [uri, handle, options = std::move(options), &cancel]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(handle->store, Store::Open(uri, {}, cancel));
    ARROW_ASSIGN_OR_RAISE(handle->worker, Worker::Start(uri, options));
    return Push([handle](lua_State* to) {
      binding::PushObject(to, handle);
      return 1;
    });
  });
}

// drain(worker): no more jobs are claimed.
Result<int> DrainWorker(lua_State* L) {
  binding::CheckSelf<WorkerHandle>(L).worker->Drain();
  return 0;
}

// ask(worker, n): n jobs more are wanted.
Result<int> Ask(lua_State* L) {
  auto& handle = binding::CheckSelf<WorkerHandle>(L);
  for (int64_t left = binding::CheckInt(L, 2); left > 0; --left) {
    handle.worker->Take([inbox = handle.inbox](Result<HeldPtr> held) {
      std::lock_guard lock(inbox->mutex);
      inbox->arrived.push_back(std::move(held));
      inbox->changed.notify_all();
    });
  }
  return 0;
}

// take(worker): a list of jobs that have come; nil when there will be none.
Result<int> TakeJobs(lua_State* L) {
  auto inbox = binding::CheckSelf<WorkerHandle>(L).inbox;
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return Park(L, [inbox, &cancel]() -> Result<Push> {
    std::unique_lock lock(inbox->mutex);
    while (inbox->arrived.empty()) {
      RETURN_NOT_OK(cancel.Check());
      inbox->changed.wait_for(lock, kTick);
    }
    std::vector<HeldPtr> jobs;
    for (const auto& arrived : std::exchange(inbox->arrived, {})) {
      ARROW_ASSIGN_OR_RAISE(auto held, arrived);
      if (held) jobs.push_back(std::move(held));
    }
    if (jobs.empty()) return Push();
    return Push([jobs](lua_State* to) {
      lua_newtable(to);
      for (int i = 0; std::cmp_less(i, jobs.size()); ++i) {
        binding::PushObject(to, jobs[static_cast<size_t>(i)]);
        lua_rawseti(to, -2, i + 1);
      }
      return 1;
    });
  });
}

// settle(worker, held, kind, text): whether it counts, and the seconds to the next try, if any. The
// kinds: "done" with a result; "failed" with a reason, which is tried again if it may be; "dead"
// with one; "release".
Result<int> Settle(lua_State* L) {
  auto handle = binding::CheckObject<WorkerHandle>(L, 1);
  auto held = binding::CheckObject<Held>(L, 2);
  ARROW_ASSIGN_OR_RAISE(
      const Outcome outcome,
      ReadOutcome(*handle, held->job(), binding::CheckString(L, 3), binding::CheckString(L, 4)));
  return Park(L, [handle, held, outcome]() -> Result<Push> {
    auto told = std::make_shared<std::promise<Result<bool>>>();
    auto counts = told->get_future();
    handle->worker->Settle(held, outcome,
                           [told](Result<bool> counted) { told->set_value(std::move(counted)); });
    ARROW_ASSIGN_OR_RAISE(const bool counted, counts.get());
    return Push([counted, outcome](lua_State* to) {
      lua_pushboolean(to, counted ? 1 : 0);
      if (outcome.kind != Outcome::Kind::kRetry) return 1;
      lua_pushnumber(to, outcome.wait_s);
      return 2;
    });
  });
}

// complete_inside(worker, held, result, database): whether it counts, if the open transaction of
// that database is kept.
Result<int> CompleteInside(lua_State* L) {
  auto handle = binding::CheckObject<WorkerHandle>(L, 1);
  auto held = binding::CheckObject<Held>(L, 2);
  const Outcome done = Outcome::Done(held->job(), binding::CheckString(L, 3));
  auto database = binding::CheckObject<sql::Database>(L, 4);
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return Park(L, [handle, done, database, &cancel]() -> Result<Push> {
    RETURN_NOT_OK(CheckSameDatabase(*handle->store, *database));
    const Statement statement = handle->store->CompleteStatement(done);
    ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                          database->Execute(statement.sql, statement.params, cancel));
    return Push([counts = rows > 0](lua_State* to) {
      lua_pushboolean(to, counts ? 1 : 0);
      return 1;
    });
  });
}

// describe(held): id, name, payload, key, attempt, fence.
Result<int> DescribeHeld(lua_State* L) {
  const Job& job = binding::CheckSelf<Held>(L).job();
  for (const std::string* text : {&job.id, &job.name, &job.payload, &job.key}) {
    binding::PushString(L, *text);
  }
  binding::PushInt(L, job.attempt);
  binding::PushInt(L, job.fence);
  return 6;
}

Result<int> CheckHeld(lua_State* L) {
  RETURN_NOT_OK(binding::CheckSelf<Held>(L).Check());
  return 0;
}

// close(worker): what it still holds is released.
Result<int> CloseWorker(lua_State* L) {
  const auto handle = binding::CloseObject<WorkerHandle>(L, 1);
  if (handle) handle->worker.reset();
  return 0;
}

}  // namespace tideway::queue
