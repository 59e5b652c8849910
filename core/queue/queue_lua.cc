#include <fmt/format.h>

#include "core/base/file.h"
#include "core/binding/arguments.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/userdata.h"
#include "core/queue/job_id.h"
#include "core/queue/place.h"
#include "core/queue/queue_lua_internal.h"
#include "core/sql/sql_lua.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<queue::Store> = "tideway.QueueStore";

}  // namespace tideway::binding

namespace tideway::queue {

int OpenQueue(lua_State* L);

namespace {

using binding::Options;
using binding::Park;
using binding::Push;

Push PushText(std::string text) {
  return [text = std::move(text)](lua_State* L) {
    binding::PushString(L, text);
    return 1;
  };
}

Push PushNilAnd(const char* why) {
  return [why](lua_State* L) {
    lua_pushnil(L);
    binding::PushString(L, why);
    return 2;
  };
}

// Seconds since 1970; nothing when the time has not come.
void SetTime(lua_State* L, const char* field, std::optional<int64_t> time) {
  if (!time) return;
  lua_pushnumber(L, static_cast<double>(*time) / 1e6);
  lua_setfield(L, -2, field);
}

void PushRecord(lua_State* L, const JobRecord& record) {
  lua_newtable(L);
  binding::SetText(L, "id", record.id);
  binding::SetText(L, "queue", record.queue);
  binding::SetText(L, "name", record.name);
  binding::SetText(L, "state", std::string(JobStateName(record.state)));
  binding::SetText(L, "key", record.key);
  binding::SetText(L, "owner", record.owner);
  binding::SetText(L, "error", record.error);
  binding::SetText(L, "payload", record.payload);
  binding::SetText(L, "result", record.result);
  binding::SetInt(L, "priority", record.priority);
  binding::SetInt(L, "attempts", record.attempts);
  SetTime(L, "created_s", record.created_at);
  SetTime(L, "run_s", record.run_at);
  SetTime(L, "started_s", record.started_at);
  SetTime(L, "finished_s", record.finished_at);
}

// default_uri(): where queues are; nil where the run has no folder.
Result<int> PushDefaultUri(lua_State* L) {
  const std::string uri = DefaultUri(binding::RuntimeOf(L).run().options().memory_folder);
  if (uri.empty()) return 0;
  binding::PushString(L, uri);
  return 1;
}

Result<int> CheckOnly(lua_State* L) {
  lua_pushboolean(L, binding::RuntimeOf(L).check_only() ? 1 : 0);
  return 1;
}

// open(uri): a Store.
Result<int> OpenStore(lua_State* L) {
  const std::string uri = binding::CheckSecretOrString(L, 1);
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return Park(L, [uri, &cancel]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto store, Store::Open(uri, {}, cancel));
    return Push([store](lua_State* to) {
      binding::PushObject(to, store);
      return 1;
    });
  });
}

// The jobs of push(store, queue, name, payloads, options).
struct Pushing {
  std::string queue;
  std::vector<NewJob> jobs;
  int64_t max_size = kMaxSize;
  sql::DatabasePtr database;  // null: a transaction of its own
};

Result<Pushing> ReadPushing(lua_State* L) {
  Pushing pushing;
  pushing.queue = binding::CheckString(L, 2);
  NewJob job{.name = binding::CheckString(L, 3)};
  Options options(L, 5, "queue.push");
  job.priority = options.Int("priority", 0);
  job.delay_s = options.Number("delay_s", 0);
  job.key = options.String("key", "");
  pushing.max_size = options.Int("max_size", kMaxSize);
  options.PushValue("db");
  pushing.database = binding::OptObject<sql::Database>(L, lua_gettop(L));
  if (!pushing.database && !lua_isnil(L, -1)) {
    return Error(ErrorKind::kUsage, "queue.push: option `db` must be a database, not " +
                                        binding::TypeName(L, lua_gettop(L)));
  }
  options.Finish();
  for (std::string& payload : binding::CheckStrings(L, 4)) {
    job.payload = std::move(payload);
    job.id = NewJobId();
    pushing.jobs.push_back(job);
  }
  return pushing;
}

// Pushes one job in the transaction that is open in the caller's database.
Result<Push> PushInside(Store& store, const Pushing& pushing, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckSameDatabase(store, *pushing.database));
  for (const NewJob& job : pushing.jobs) {
    ARROW_ASSIGN_OR_RAISE(const Statement statement,
                          store.PushStatement(pushing.queue, job, pushing.max_size));
    ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                          pushing.database->Execute(statement.sql, statement.params, cancel));
    if (rows > 0) continue;
    if (job.key.empty()) return PushNilAnd("full");
    ARROW_ASSIGN_OR_RAISE(const auto taken, store.FindKey(pushing.queue, job.key));
    if (taken) return PushText(*taken);
    const Statement touch = store.TouchKeyStatement(pushing.queue, job.key);
    ARROW_ASSIGN_OR_RAISE(const int64_t own,
                          pushing.database->Execute(touch.sql, touch.params, cancel));
    if (own == 0) return PushNilAnd("full");
    return Error(ErrorKind::kConflict,
                 "queue: this transaction has pushed a job with the key already: " + job.key);
  }
  return PushText(pushing.jobs[0].id);
}

// push(store, queue, name, payloads, options): the ids; nil and "full".
Result<int> PushJobs(lua_State* L) {
  auto store = binding::CheckObject<Store>(L, 1);
  ARROW_ASSIGN_OR_RAISE(Pushing pushing, ReadPushing(L));
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return Park(L, [store, pushing = std::move(pushing), &cancel]() -> Result<Push> {
    if (pushing.database) return PushInside(*store, pushing, cancel);
    ARROW_ASSIGN_OR_RAISE(const Pushed pushed,
                          store->Push(pushing.queue, pushing.jobs, pushing.max_size));
    if (pushed.full) return PushNilAnd("full");
    return Push([ids = pushed.ids](lua_State* to) {
      binding::PushStrings(to, ids);
      return 1;
    });
  });
}

// find(store, id): what is known of a job; nil when there is none.
Result<int> Find(lua_State* L) {
  auto store = binding::CheckObject<Store>(L, 1);
  return Park(L, [store, id = binding::CheckString(L, 2)]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const auto found, store->Find(id));
    if (!found) return Push();
    return Push([record = *found](lua_State* to) {
      PushRecord(to, record);
      return 1;
    });
  });
}

Result<int> Cancel(lua_State* L) {
  auto store = binding::CheckObject<Store>(L, 1);
  return Park(L, [store, id = binding::CheckString(L, 2)]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const bool cancelled, store->Cancel(id));
    return Push([cancelled](lua_State* to) {
      lua_pushboolean(to, cancelled ? 1 : 0);
      return 1;
    });
  });
}

Result<JobFilter> ReadFilter(Options& options, std::string queue) {
  JobFilter filter{.queue = std::move(queue)};
  for (const std::string& name : options.Strings("state")) {
    ARROW_ASSIGN_OR_RAISE(filter.states.emplace_back(), ParseJobState(name));
  }
  filter.id = options.String("id", "");
  filter.older_s = options.Number("older_s", 0);
  return filter;
}

// list(store, queue, options): the newest first.
Result<int> List(lua_State* L) {
  auto store = binding::CheckObject<Store>(L, 1);
  Options options(L, 3, "queue.list");
  ARROW_ASSIGN_OR_RAISE(const JobFilter filter, ReadFilter(options, binding::CheckString(L, 2)));
  const int64_t limit = options.Int("limit", 100);
  options.Finish();
  return Park(L, [store, filter, limit]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const auto records, store->List(filter, limit));
    return Push([records](lua_State* to) {
      lua_newtable(to);
      for (int i = 0; std::cmp_less(i, records.size()); ++i) {
        PushRecord(to, records[static_cast<size_t>(i)]);
        lua_rawseti(to, -2, i + 1);
      }
      return 1;
    });
  });
}

// retry(store, queue, options): the ids of the dead jobs that are ready again.
Result<int> Retry(lua_State* L) {
  auto store = binding::CheckObject<Store>(L, 1);
  Options options(L, 3, "queue.retry");
  ARROW_ASSIGN_OR_RAISE(const JobFilter filter, ReadFilter(options, binding::CheckString(L, 2)));
  options.Finish();
  return Park(L, [store, filter]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const auto ids, store->Retry(filter, false));
    return Push([ids](lua_State* to) {
      binding::PushStrings(to, ids);
      return 1;
    });
  });
}

// purge(store, queue, options): how many finished jobs are gone.
Result<int> Purge(lua_State* L) {
  auto store = binding::CheckObject<Store>(L, 1);
  Options options(L, 3, "queue.purge");
  ARROW_ASSIGN_OR_RAISE(const JobFilter filter, ReadFilter(options, binding::CheckString(L, 2)));
  options.Finish();
  return Park(L, [store, filter]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const int64_t jobs, store->Purge(filter, false));
    return Push([jobs](lua_State* to) {
      binding::PushInt(to, jobs);
      return 1;
    });
  });
}

}  // namespace

Status CheckSameDatabase(const Store& store, const sql::Database& database) {
  const auto place = [](const std::string& uri) {
    const std::string scheme = "sqlite:";
    return uri.starts_with(scheme) ? CanonicalPath(uri.substr(scheme.size())) : uri;
  };
  if (place(store.uri()) == place(database.uri())) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("queue: option `db` is another database than the queue's: {}, not {}",
                           database.uri(), store.uri()))
      .Hint("only one database can keep both or neither: open the queue with { database = ... }");
}

int OpenQueue(lua_State* L) {
  return binding::PushModule(L, {{"default_uri", binding::Entry<PushDefaultUri>},
                                 {"check_only", binding::Entry<CheckOnly>},
                                 {"open", binding::WaitingEntry<OpenStore>},
                                 {"push", binding::WaitingEntry<PushJobs>},
                                 {"find", binding::WaitingEntry<Find>},
                                 {"cancel", binding::WaitingEntry<Cancel>},
                                 {"list", binding::WaitingEntry<List>},
                                 {"retry", binding::WaitingEntry<Retry>},
                                 {"purge", binding::WaitingEntry<Purge>},
                                 {"start", binding::WaitingEntry<StartWorker>},
                                 {"ask", binding::Entry<Ask>},
                                 {"drain", binding::Entry<DrainWorker>},
                                 {"take", binding::WaitingEntry<TakeJobs>},
                                 {"settle", binding::WaitingEntry<Settle>},
                                 {"complete_inside", binding::WaitingEntry<CompleteInside>},
                                 {"describe", binding::Entry<DescribeHeld>},
                                 {"check", binding::Entry<CheckHeld>},
                                 {"close", binding::Entry<CloseWorker>}});
}

}  // namespace tideway::queue
