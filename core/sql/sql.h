// One face for SQL databases: PostgreSQL and SQLite.
//
//   ARROW_ASSIGN_OR_RAISE(auto db, sql::Open("postgresql://reader@db/complaints", {}));
//   auto plan = sql::Query(db, {.sql = "SELECT id, message FROM complaints WHERE id > $1",
//                               .params = {int64_t{10}}});        // a lazy dataset::Node
//   ARROW_ASSIGN_OR_RAISE(int64_t rows, db->Execute("DELETE ...", {}, cancel));
//
// URIs: `postgresql://`, `postgres://`, `postgresql+driver://` (the driver is ignored) with libpq's
// parameters; `sqlite:relative/or/absolute/path`, `sqlite:///absolute/path`.
//
// Snapshot: all queries of one Database see one state of the data, fixed by the first of them, no
// matter what others write meanwhile. Execute() ends it: the next query sees what was written.
// Queries run in a read-only transaction; only Execute() writes.
//
// Threads: all methods are safe from any thread; each query reads on a thread of its own.
// Ownership: plans and streams hold their Database alive. After Close() every call fails with kind
// usage; streams that are open may be read to their end.
// Errors: the password, once seen in the URI, is a registered secret and in no message. Kinds: auth
// (wrong password, no privilege), not_found (database, file, table, column, function), usage (SQL
// syntax, parameters, read-only), data (a value that its column's type cannot hold), timeout,
// interrupted, conflict (a lock held by others), database (all else).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/retry.h"
#include "core/dataset/node.h"
#include "core/dataset/run_context.h"

namespace tideway::sql {

// Waits for the given time, or returns an error of kind interrupted as soon as `cancel` is set.
using Waiter = std::function<Status(std::chrono::nanoseconds, const CancelToken& cancel)>;
// Sleeps on the calling thread, looking at `cancel` twenty times a second.
Status SleepCancellable(std::chrono::nanoseconds time, const CancelToken& cancel);

struct OpenOptions {
  // Connections in all; one holds the snapshot, so at least 2. Who finds all in use waits for
  // connect_timeout_s. SQLite reads through one connection whatever this says.
  int pool_size = 8;
  // Both times are at most 2147483 s, 24 days.
  double connect_timeout_s = 10;   // for one try; SQLite: how long to wait for a lock
  double statement_timeout_s = 0;  // for one statement, its reading included; 0: no limit
  RetryPolicy retry = {};          // of connecting; wrong credentials are not tried again
  bool read_only = true;           // Execute() is refused; SQLite files are opened read-only
  Waiter wait = SleepCancellable;  // how to wait between tries; tests put theirs here

  Status Validate() const;
};

// A value for $1, $2, ...; monostate is NULL.
using Param = std::variant<std::monostate, bool, int64_t, double, std::string>;

struct QuerySpec {
  std::string sql;
  std::vector<Param> params = {};
  // Column name -> type name (dataset/type_name.h), for columns whose type the database does not
  // tell or tells too loosely. SQLite takes int64, float64, string, binary, bool, date32 and
  // timestamp; PostgreSQL float64 and string for numeric, binary for uuid.
  std::map<std::string, std::string> types = {};
};

// A query's result, batch by batch. One thread at a time; Interrupt() from any other.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  virtual const dataset::SchemaPtr& schema() const = 0;
  // The next batch of at most `run.batch_rows()` rows and about `run.batch_bytes()`; null at the
  // end. Waits for the database. A row of more than 64 MiB is an error of kind data.
  virtual Result<dataset::BatchPtr> Read() = 0;
  // Makes a running or later Read() fail soon with kind interrupted. Does not wait; destroying the
  // reader may, until the server has taken the request to cancel.
  virtual void Interrupt() = 0;
};

class Database {
 public:
  virtual ~Database() = default;

  // Normalised, without the password: "postgresql://reader@db:5432/complaints".
  virtual const std::string& uri() const = 0;
  // Runs one statement, in a transaction of its own unless one is open, and returns the rows it
  // changed.
  virtual Result<int64_t> Execute(const std::string& sql, const std::vector<Param>& params,
                                  const CancelToken& cancel) = 0;
  // Begins a transaction that later Execute() calls, of any thread, are part of. Queries do not
  // see it before it is committed.
  virtual Status Begin(const CancelToken& cancel) = 0;
  // Ends it: what its statements did is kept or undone. After a failed statement, committing undoes
  // and is an error. Ends the snapshot too.
  virtual Status End(bool commit, const CancelToken& cancel) = 0;
  // Frees connections and snapshot, and undoes an open transaction. Publishes a database that
  // Create() made; kind conflict when what it holds is not yet in one file, because a query of it
  // in WAL mode is still read, and then it can be closed again later. Closing again is fine.
  virtual Status Close() = 0;

  // What Query() builds on; `run` gives cancellation, batch sizes and the clock of timeouts.

  // The columns, without running the query where the database can tell. SQLite runs it up to the
  // first value of each column that has no declared type.
  virtual Result<dataset::SchemaPtr> Describe(const QuerySpec& query, dataset::RunContext& run) = 0;
  virtual Result<std::unique_ptr<BatchReader>> Read(const QuerySpec& query,
                                                    dataset::RunContext& run) = 0;
  // Names the state of the data that queries see: equal for two runs only when nothing was written
  // in between.
  virtual Result<std::string> SnapshotIdentity(dataset::RunContext& run) = 0;
};
using DatabasePtr = std::shared_ptr<Database>;

// Connects, with retries; fails after the last as "database connection failed after 3 tries".
Result<DatabasePtr> Open(std::string_view uri, const OpenOptions& options,
                         const CancelToken& cancel);

// Makes a new, empty, writable SQLite file, in folders made as needed. It appears under its name
// when the Database is closed, whole; one that is dropped unclosed leaves nothing. Errors: conflict
// when the file exists already; usage for other databases.
Result<DatabasePtr> Create(std::string_view uri, const OpenOptions& options,
                           const CancelToken& cancel);

// The query as a lazy plan. Nothing is sent until the plan is described, counted or read.
dataset::NodePtr Query(DatabasePtr database, QuerySpec query);

}  // namespace tideway::sql
