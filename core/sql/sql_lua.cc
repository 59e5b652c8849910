#include "core/sql/sql_lua.h"

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/binding/record.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/value.h"
#include "core/dataset/held_memory.h"
#include "core/sql/sql.h"

namespace tideway::sql {

class HeldBatches;

}  // namespace tideway::sql

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<sql::HeldBatches> = "tideway.HeldBatches";

}  // namespace tideway::binding

namespace tideway::sql {

using dataset::RunContext;

int OpenSql(lua_State* L);

// Batches held in memory, and their share of the run's budget until they are destroyed.
class HeldBatches {
 public:
  explicit HeldBatches(RunContext& run) : memory_(run.shared_budget()) {}

  Status Add(const dataset::BatchPtr& batch) {
    ARROW_ASSIGN_OR_RAISE(auto kept, memory_.Hold(batch));
    if (kept == nullptr) {
      return memory_.Exhausted("sql: the query gives more than memory may hold")
          .Hint("read it with query, which streams, or raise --memory");
    }
    batches_.push_back(std::move(kept));
    return Status::OK();
  }
  const std::vector<dataset::BatchPtr>& batches() const { return batches_; }

 private:
  dataset::HeldMemory memory_;
  std::vector<dataset::BatchPtr> batches_;
};

namespace {

using binding::Options;
using binding::Park;
using binding::Push;

constexpr int64_t kRowLimit = 100000;

// Dates, times and decimals go as their text; the database reads it by the place it stands in.
bool IsRecord(lua_State* L, int index) {
  return binding::IsClass(L, index, binding::kTimeClass) ||
         binding::IsClass(L, index, binding::kDateClass) ||
         binding::IsClass(L, index, binding::kTimeOfDayClass) ||
         binding::IsClass(L, index, binding::kDecimalClass);
}

std::string TextOf(lua_State* L, int index) {
  lua_getglobal(L, "tostring");
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  std::string text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

// The parameter at the top of the stack, number `number`.
Result<Param> ReadParam(lua_State* L, int number) {
  const int index = lua_gettop(L);
  if (binding::IsNull(L, index)) return Param();
  if (lua_isboolean(L, index)) return Param(lua_toboolean(L, index) != 0);
  if (const auto integer = binding::ToInt(L, index)) return Param(*integer);
  if (lua_type(L, index) == LUA_TNUMBER) return Param(lua_tonumber(L, index));
  if (lua_type(L, index) == LUA_TSTRING) return Param(binding::CheckString(L, index));
  if (auto secret = binding::ToSecret(L, index)) return Param(*std::move(secret));
  if (IsRecord(L, index)) return Param(TextOf(L, index));
  const bool hole = lua_isnil(L, index);
  return Error(ErrorKind::kUsage,
               fmt::format("sql: parameter ${} must be a boolean, number, string, date, time, "
                           "decimal or tw.null, not {}",
                           number, binding::TypeName(L, index)))
      .Hint(hole ? "write tw.null for NULL" : "");
}

// The list of parameters at `index`; nil or none is an empty one.
Result<std::vector<Param>> ReadParams(lua_State* L, int index) {
  std::vector<Param> params;
  if (lua_isnoneornil(L, index)) return params;
  if (!lua_istable(L, index)) binding::RaiseArgument(L, index, "a list of parameters");
  int count = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const auto key = binding::ToInt(L, -2);
    if (!key || *key < 1 || *key > 65535) {
      return Error(ErrorKind::kUsage, "sql: parameters are a list: { value of $1, value of $2 }");
    }
    count = std::max(count, static_cast<int>(*key));
  }
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, i);
    ARROW_ASSIGN_OR_RAISE(Param param, ReadParam(L, i));
    params.push_back(std::move(param));
    lua_pop(L, 1);
  }
  return params;
}

// The `types` option: column name to type name.
Result<std::map<std::string, std::string>> ReadTypes(lua_State* L, Options& options) {
  std::map<std::string, std::string> types;
  options.PushValue("types");
  const int table = lua_gettop(L);
  const bool given = !lua_isnil(L, table);
  if (given && !lua_istable(L, table)) {
    return Error(ErrorKind::kUsage, "sql: option `types` must be a table: { column = \"int64\" }");
  }
  for (given ? lua_pushnil(L) : void(); given && lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
      return Error(ErrorKind::kUsage, "sql: option `types` must map column names to type names");
    }
    types[lua_tostring(L, -2)] = lua_tostring(L, -1);
  }
  lua_pop(L, 1);
  return types;
}

Status ReadRetry(lua_State* L, Options& options, RetryPolicy& retry) {
  options.PushValue("retry");
  if (!lua_isnil(L, -1)) {
    Options given(L, lua_gettop(L), "sql.connect: retry");
    retry.tries = static_cast<int>(
        std::clamp<int64_t>(given.Int("tries", retry.tries), 0, std::numeric_limits<int>::max()));
    given.PushValue("waits_s");
    if (lua_istable(L, -1)) {
      retry.waits_s.clear();
      for (int i = 1;; ++i) {
        lua_rawgeti(L, -1, i);
        if (lua_isnil(L, -1)) break;
        retry.waits_s.push_back(binding::CheckNumber(L, lua_gettop(L)));
        lua_pop(L, 1);
      }
      lua_pop(L, 1);
    } else if (!lua_isnil(L, -1)) {
      return Error(ErrorKind::kUsage, "sql.connect: retry: waits_s must be a list of seconds");
    }
    lua_pop(L, 1);
    given.Finish();
  }
  lua_pop(L, 1);
  return Status::OK();
}

// connect(uri, options): a Database.
Result<int> Connect(lua_State* L) {
  const std::string uri = binding::CheckSecretOrString(L, 1);
  Options given(L, 2, "sql.connect");
  OpenOptions options;
  options.pool_size =
      static_cast<int>(std::clamp<int64_t>(given.Int("pool_size", options.pool_size), 0, 10000));
  options.connect_timeout_s = given.Number("connect_timeout_s", options.connect_timeout_s);
  options.statement_timeout_s = given.Number("statement_timeout_s", options.statement_timeout_s);
  options.read_only = given.Bool("read_only", options.read_only);
  RETURN_NOT_OK(ReadRetry(L, given, options.retry));
  given.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return Park(L, [uri, options, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto database, Open(uri, options, run.cancel()));
    return Push([database](lua_State* to) {
      binding::PushObject(to, database);
      return 1;
    });
  });
}

// create(uri): a Database in a new SQLite file.
Result<int> MakeDatabase(lua_State* L) {
  const std::string uri = binding::CheckSecretOrString(L, 1);
  RunContext& run = binding::RuntimeOf(L).run();
  return Park(L, [uri, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto database, Create(uri, {}, run.cancel()));
    return Push([database](lua_State* to) {
      binding::PushObject(to, database);
      return 1;
    });
  });
}

// begin(database)
Result<int> Begin(lua_State* L) {
  auto database = binding::CheckObject<Database>(L, 1);
  RunContext& run = binding::RuntimeOf(L).run();
  return Park(L, [database, &run]() -> Result<Push> {
    if (!run.options().check_only) RETURN_NOT_OK(database->Begin(run.cancel()));
    return Push();
  });
}

// finish(database, commit)
Result<int> Finish(lua_State* L) {
  auto database = binding::CheckObject<Database>(L, 1);
  const bool commit = binding::CheckBool(L, 2);
  RunContext& run = binding::RuntimeOf(L).run();
  return Park(L, [database, commit, &run]() -> Result<Push> {
    if (!run.options().check_only) RETURN_NOT_OK(EndTransaction(*database, commit, run));
    return Push();
  });
}

// query(database, sql, params, options): a Dataset.
Result<int> MakeQuery(lua_State* L) {
  auto database = binding::CheckObject<Database>(L, 1);
  QuerySpec query{.sql = binding::CheckString(L, 2)};
  ARROW_ASSIGN_OR_RAISE(query.params, ReadParams(L, 3));
  Options options(L, 4, "sql.query");
  ARROW_ASSIGN_OR_RAISE(query.types, ReadTypes(L, options));
  options.Finish();
  binding::PushDataset(L, Query(std::move(database), std::move(query)));
  return 1;
}

// execute(database, sql, params): the rows changed.
Result<int> Execute(lua_State* L) {
  auto database = binding::CheckObject<Database>(L, 1);
  const std::string sql = binding::CheckString(L, 2);
  ARROW_ASSIGN_OR_RAISE(auto params, ReadParams(L, 3));
  binding::Runtime& runtime = binding::RuntimeOf(L);
  RunContext& run = runtime.run();
  if (runtime.check_only()) {
    run.RecordPlan("sql.execute " + Query(database, {.sql = sql})->Describe());
    binding::PushInt(L, 0);
    return 1;
  }
  return Park(L, [database, sql, params = std::move(params), &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, database->Execute(sql, params, run.cancel()));
    return Push([rows](lua_State* to) {
      binding::PushInt(to, rows);
      return 1;
    });
  });
}

// One of `words` in an option; the first where it is absent.
Result<size_t> ReadWord(Options& options, const char* name, const std::vector<std::string>& words) {
  const std::string word = options.String(name, words[0]);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  return Error(ErrorKind::kUsage,
               fmt::format("sql.insert: option `{}` must be \"{}\", not \"{}\"{}", name,
                           fmt::join(words, "\" or \""), word, DidYouMean(word, words)));
}

// insert(database, table, rows, options): the rows inserted or updated.
Result<int> InsertRows(lua_State* L) {
  auto database = binding::CheckObject<Database>(L, 1);
  InsertSpec spec{.table = binding::CheckString(L, 2)};
  const dataset::NodePtr plan = binding::CheckObject<dataset::Dataset>(L, 3)->plan();
  Options options(L, 4, "sql.insert");
  spec.create = options.Bool("create", false);
  ARROW_ASSIGN_OR_RAISE(const size_t mode, ReadWord(options, "mode", {"append", "replace"}));
  spec.replace = mode == 1;
  ARROW_ASSIGN_OR_RAISE(const size_t conflict,
                        ReadWord(options, "conflict", {"error", "skip", "update"}));
  spec.conflict = static_cast<InsertSpec::Conflict>(conflict);
  spec.key = options.Strings("key");
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return Park(L, [database, spec = std::move(spec), plan, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, Insert(database, spec, plan, run));
    return Push([rows](lua_State* to) {
      binding::PushInt(to, rows);
      return 1;
    });
  });
}

Result<std::shared_ptr<HeldBatches>> ReadAtMost(Database& database, const QuerySpec& query,
                                                int64_t limit, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto reader, database.Read(query, run));
  for (const auto& field : reader->schema()->fields()) {
    if (field->type()->ToString().find("interval") == std::string::npos) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: column `{}` is an interval, which has no form "
                             "in Lua",
                             field->name()))
        .Hint("cast it in the query, for instance to text");
  }
  const auto held = std::make_shared<HeldBatches>(run);
  int64_t rows = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Read());
    if (!batch) return held;
    rows += batch->num_rows();
    if (rows > limit) {
      return Error(ErrorKind::kUsage, fmt::format("sql: the query gives more than {} rows", limit))
          .Hint("read it with query, which streams, or raise `limit`");
    }
    RETURN_NOT_OK(held->Add(batch));
  }
}

// read(database, sql, params, options): all rows, held for `take`.
Result<int> ReadRows(lua_State* L) {
  auto database = binding::CheckObject<Database>(L, 1);
  QuerySpec query{.sql = binding::CheckString(L, 2)};
  ARROW_ASSIGN_OR_RAISE(query.params, ReadParams(L, 3));
  Options options(L, 4, "sql.rows");
  ARROW_ASSIGN_OR_RAISE(query.types, ReadTypes(L, options));
  const int64_t limit = options.Int("limit", kRowLimit);
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return Park(L, [database, query = std::move(query), limit, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const auto held, ReadAtMost(*database, query, limit, run));
    return Push([held](lua_State* to) {
      binding::PushObject(to, held);
      return 1;
    });
  });
}

// take(held): a list of row tables. What was held is let go of.
Result<int> TakeRows(lua_State* L) {
  const auto held = binding::CloseObject<HeldBatches>(L, 1);
  lua_newtable(L);
  int next = 1;
  for (const auto& batch : held->batches()) {
    binding::RowPusher pusher(L, batch->schema());
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      RETURN_NOT_OK(pusher.Push(*batch, i));
      lua_rawseti(L, -2, next++);
    }
  }
  return 1;
}

Result<int> Uri(lua_State* L) {
  binding::PushString(L, binding::CheckSelf<Database>(L).uri());
  return 1;
}

Result<int> Close(lua_State* L) {
  auto database = binding::CloseObject<Database>(L, 1);
  // A check leaves no file: dropped unclosed, a created database is not published.
  if (!database || binding::RuntimeOf(L).check_only()) return 0;
  return Park(L, [database]() -> Result<Push> {
    RETURN_NOT_OK(database->Close());
    return Push();
  });
}

}  // namespace

int OpenSql(lua_State* L) {
  return binding::PushModule(L, {{"connect", binding::WaitingEntry<Connect>},
                                 {"create", binding::WaitingEntry<MakeDatabase>},
                                 {"begin", binding::WaitingEntry<Begin>},
                                 {"finish", binding::WaitingEntry<Finish>},
                                 {"query", binding::Entry<MakeQuery>},
                                 {"execute", binding::WaitingEntry<Execute>},
                                 {"insert", binding::WaitingEntry<InsertRows>},
                                 {"read", binding::WaitingEntry<ReadRows>},
                                 {"take", binding::Entry<TakeRows>},
                                 {"uri", binding::Entry<Uri>},
                                 {"close", binding::WaitingEntry<Close>}});
}

}  // namespace tideway::sql
