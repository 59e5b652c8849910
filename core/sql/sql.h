// One face for SQL databases: PostgreSQL and SQLite.
//
//   ARROW_ASSIGN_OR_RAISE(auto db, sql::Open("postgresql://reader@db/complaints", {}));
//   auto plan = sql::Query(db, {.sql = "SELECT id, message FROM complaints WHERE id > $1",
//                               .params = {int64_t{10}}});        // a lazy dataset::Node
//   ARROW_ASSIGN_OR_RAISE(int64_t rows, db->Execute("DELETE ...", {}, cancel));
//   ARROW_ASSIGN_OR_RAISE(int64_t written, sql::Insert(db, {.table = "messages"}, plan, run));
//
// URIs: `postgresql://`, `postgres://`, `postgresql+driver://` (the driver is ignored) with libpq's
// parameters; `sqlite:relative/or/absolute/path`, `sqlite:///absolute/path`.
//
// Snapshot: all queries of one Database see one state of the data, fixed by the first of them, no
// matter what others write meanwhile. Execute() and Insert() end it: the next query sees what was
// written. Queries run in a read-only transaction; only these two write.
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
#include <mutex>
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

// How rows go into a table. Columns are matched by name; one that the rows do not have gets its
// default.
struct InsertSpec {
  enum class Conflict { kError, kSkip, kUpdate };

  std::string table;     // as SQL reads it: messages, archive.messages, "Odd Name"
  bool create = false;   // make the table, which must not exist, with the columns of the rows
  bool replace = false;  // delete the table's rows first
  // What becomes of a row that a unique index of the table refuses: kUpdate gives the row that is
  // there the new one's values.
  Conflict conflict = Conflict::kError;
  // The columns of that index; kUpdate needs them, kError has no use for them. With `create`, the
  // primary key.
  std::vector<std::string> key = {};

  Status Validate() const;
};

// Rows on their way into a table, all of one schema. Destroyed before Finish(), it leaves the table
// as it was. Create, finish and destroy it on one thread; Write() from any, one at a time.
class TableWriter {
 public:
  virtual ~TableWriter() = default;
  virtual Status Write(const dataset::BatchPtr& batch) = 0;
  // Keeps the rows; returns how many were inserted or updated.
  virtual Result<int64_t> Finish() = 0;
  // Whether Finish() keeps them for good, and not only if the open transaction is kept.
  virtual bool final() const = 0;
};

// What Insert() wrote into a table.
struct TableOutput {
  std::string uri;
  int64_t rows = 0;
  bool replaced = false;  // nothing else is in the table
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

  // What Insert() builds on. Fails with kind usage where the table, as the open transaction sees
  // it, cannot take rows of `schema`, and writes nothing.
  virtual Status CheckInsert(const InsertSpec& spec, const dataset::SchemaPtr& schema,
                             dataset::RunContext& run) = 0;
  // Begins to write, in the open transaction or one of its own. Queries see the state that they
  // saw before until the writer has finished. `run` must outlive the writer.
  virtual Result<std::unique_ptr<TableWriter>> OpenTable(const InsertSpec& spec,
                                                         const dataset::SchemaPtr& schema,
                                                         dataset::RunContext& run) = 0;

  // Outputs that count when the open transaction is kept. Take gives them up.
  void AddPending(TableOutput output);
  std::vector<TableOutput> TakePending();

 private:
  std::mutex pending_mutex_;
  std::vector<TableOutput> pending_;
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

// Runs `plan` and writes its rows into a table: all of them, or on any error none. Returns how many
// were inserted or updated, and records them as an output of `run`, with an open transaction once
// EndTransaction() keeps it. Blocks. Under run.options().check_only it checks columns and types,
// records the plan and writes nothing.
//
// Errors: those of the plan; usage (columns, types, a database open for reading), not_found and
// conflict (a table that is missing, or there with `create`), data with column, row and value.
Result<int64_t> Insert(const DatabasePtr& database, const InsertSpec& spec,
                       const dataset::NodePtr& plan, dataset::RunContext& run);
// Database::End(), and what Insert() wrote in the transaction becomes an output of `run`, if kept.
Status EndTransaction(Database& database, bool commit, dataset::RunContext& run);

}  // namespace tideway::sql
