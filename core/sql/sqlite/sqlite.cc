#include "core/sql/sqlite/sqlite.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "core/base/file.h"
#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/connection.h"
#include "core/sql/sqlite/reader.h"
#include "core/sql/sqlite/table_writer.h"
#include "core/sql/sqlite/writer.h"

namespace tideway::sql::sqlite {
namespace {

using dataset::RunContext;
using dataset::SchemaPtr;

// Size and time of change of a file, or "-" when it is not there.
std::string FileState(const std::string& path) {
  struct stat state{};
  if (stat(path.c_str(), &state) != 0) return "-";
  return fmt::format("{}@{}.{:09}", state.st_size, state.st_mtim.tv_sec, state.st_mtim.tv_nsec);
}

// Any commit changes the database file or its write-ahead log.
std::string DatabaseState(const std::string& path) {
  return FileState(path) + " " + FileState(path + "-wal");
}

// What lasts from the first query to the next Execute(): a connection in one read transaction.
struct Snapshot {
  std::shared_ptr<Connection> connection;
  std::string identity;
  std::map<std::string, QueryColumns> columns;  // of the queries described so far
};

// Fixes the state that `connection` sees, and names it. A commit in between shows as a change of
// the files; then the transaction begins anew.
Result<std::string> BeginSnapshot(Connection& connection, const std::string& path) {
  for (int attempt = 0;; ++attempt) {
    const std::string before = DatabaseState(path);
    RETURN_NOT_OK(connection.Run("BEGIN"));
    RETURN_NOT_OK(connection.Run("SELECT count(*) FROM sqlite_schema"));
    if (before == DatabaseState(path)) return before + " " + connection.ChangeMarks();
    if (attempt == 9) {
      // A writer that never rests: a name that no other run can have.
      return fmt::format("{} at {}", before, SystemClock().Now().count());
    }
    RETURN_NOT_OK(connection.Run("ROLLBACK"));
  }
}

Status FileIsThere(const std::string& path) {
  return Error(ErrorKind::kConflict, fmt::format("sql: the file exists already: {}", path))
      .Hint("delete it first, or open it with connect");
}

class SqliteDatabase : public Database {
  class Insertion;

 public:
  // `unpublished`: the file that Close() gives its name; null for one that exists.
  SqliteDatabase(std::string path, std::string name, const OpenOptions& options,
                 std::unique_ptr<AtomicFile> unpublished)
      : path_(std::move(path)),
        uri_("sqlite:" + name),
        options_(options),
        writer_(std::make_unique<Writer>(path_, options, unpublished == nullptr)),
        unpublished_(std::move(unpublished)) {}

  ~SqliteDatabase() override {
    if (!unpublished_) return;
    snapshot_ = {};
    writer_.reset();
    for (const char* mark : {"-wal", "-shm"}) RemoveAll(path_ + mark).ok();
  }

  const std::string& uri() const override { return uri_; }

  // Fails early on what is no database.
  Status Try(const CancelToken& cancel) {
    ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(path_, options_.read_only, options_));
    Watch watch(cancel);
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
    return connection->Run("SELECT count(*) FROM sqlite_schema");
  }

  Result<int64_t> Execute(const std::string& sql, const std::vector<Param>& params,
                          const CancelToken& cancel) override {
    const std::scoped_lock lock(write_mutex_, mutex_);
    RETURN_NOT_OK(PrepareToWrite(sql));
    return writer_->Execute(sql, params, cancel);
  }

  Status Begin(const CancelToken& cancel) override {
    const std::scoped_lock lock(write_mutex_, mutex_);
    RETURN_NOT_OK(PrepareToWrite("BEGIN"));
    return writer_->Begin(cancel);
  }

  Status End(bool commit, const CancelToken& cancel) override {
    const std::scoped_lock lock(write_mutex_, mutex_);
    RETURN_NOT_OK(PrepareToWrite("COMMIT"));
    return writer_->End(commit, cancel);
  }

  Status Close() override {
    const std::scoped_lock lock(write_mutex_, mutex_);
    snapshot_ = {};
    if (unpublished_) RETURN_NOT_OK(FoldLog());
    closed_ = true;
    writer_.reset();
    const auto file = std::move(unpublished_);
    if (!file) return Status::OK();
    if (FileExists(file->path())) return FileIsThere(file->path());
    return file->Publish();
  }

  Status CheckInsert(const InsertSpec& spec, const SchemaPtr& schema, RunContext& run) override {
    const std::scoped_lock lock(write_mutex_, mutex_);
    RETURN_NOT_OK(CheckWritable("INSERT INTO " + spec.table));
    Watch watch(run.cancel());
    // As it is now: the snapshot of the queries may be older.
    ARROW_ASSIGN_OR_RAISE(auto connection, writer_->open()
                                               ? writer_->Join(watch)
                                               : Connection::Open(path_, true, options_));
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
    return CheckTable(*connection, spec, *schema);
  }

  Result<std::unique_ptr<TableWriter>> OpenTable(const InsertSpec& spec, const SchemaPtr& schema,
                                                 RunContext& run) override;

  Result<SchemaPtr> Describe(const QuerySpec& query, RunContext& run) override {
    ARROW_ASSIGN_OR_RAISE(const Prepared prepared, Prepare(query, run));
    return prepared.columns.schema;
  }

  Result<std::unique_ptr<BatchReader>> Read(const QuerySpec& query, RunContext& run) override {
    ARROW_ASSIGN_OR_RAISE(Prepared prepared, Prepare(query, run));
    return ReadQuery(std::move(prepared.connection), query, prepared.columns, run,
                     options_.statement_timeout_s);
  }

  Result<std::string> SnapshotIdentity(RunContext& run) override {
    std::lock_guard lock(mutex_);
    RETURN_NOT_OK(EnsureSnapshot(run));
    return snapshot_.identity;
  }

 private:
  // Brings what a write-ahead log holds into the one file that is published.
  Status FoldLog() {
    writer_ = std::make_unique<Writer>(path_, options_, false);  // undoes an open transaction
    if (!FileExists(path_ + "-wal")) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(path_, false, options_));
    const auto turn = connection->TakeForCleanup();
    const Status folded = connection->Run("PRAGMA journal_mode = DELETE");
    if (folded.ok() && !FileExists(path_ + "-wal")) return Status::OK();
    return Error(ErrorKind::kConflict,
                 fmt::format("sql: a query still reads the new database: {}", unpublished_->path()))
        .Hint("read its queries to their end before it is closed")
        .Cause(folded);
  }

  struct Prepared {
    std::shared_ptr<Connection> connection;
    QueryColumns columns;
  };

  Result<Prepared> Prepare(const QuerySpec& query, RunContext& run) {
    std::lock_guard lock(mutex_);
    RETURN_NOT_OK(EnsureSnapshot(run));
    std::string key = query.sql + "\n" + ParamsText(query.params);
    for (const auto& [column, type] : query.types) key += "\n" + column + "=" + type;
    auto found = snapshot_.columns.find(key);
    if (found == snapshot_.columns.end()) {
      Watch watch(run.cancel());
      watch.SetTimeout(run.clock(), options_.statement_timeout_s);
      ARROW_ASSIGN_OR_RAISE(const auto turn, snapshot_.connection->Take(watch));
      ARROW_ASSIGN_OR_RAISE(auto columns, DescribeQuery(*snapshot_.connection, query));
      found = snapshot_.columns.emplace(std::move(key), std::move(columns)).first;
    }
    return Prepared{snapshot_.connection, found->second};
  }

  // Call with mutex_ held.
  Status CheckWritable(const std::string& sql) const {
    if (closed_) return ClosedError();
    return options_.read_only ? ReadOnlyError(sql) : Status::OK();
  }

  // Call with mutex_ held. In rollback-journal mode our own snapshot would lock us out.
  Status PrepareToWrite(const std::string& sql) {
    RETURN_NOT_OK(CheckWritable(sql));
    snapshot_ = {};
    return Status::OK();
  }

  // Call with mutex_ held.
  Status EnsureSnapshot(RunContext& run) {
    if (closed_) return ClosedError();
    if (snapshot_.connection) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(path_, true, options_));
    Watch watch(run.cancel());
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
    ARROW_ASSIGN_OR_RAISE(snapshot_.identity, BeginSnapshot(*connection, path_));
    snapshot_.connection = connection;
    return Status::OK();
  }

  const std::string path_;
  const std::string uri_;
  const OpenOptions options_;
  std::mutex write_mutex_;  // locked before mutex_, for as long as a table is written
  std::mutex mutex_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<AtomicFile> unpublished_;
  bool closed_ = false;
  Snapshot snapshot_;
};

// Rows into a table; nobody else writes meanwhile, but queries go on.
class SqliteDatabase::Insertion : public TableWriter {
 public:
  Insertion(SqliteDatabase& database, std::unique_lock<std::mutex> writing, RunContext& run)
      : database_(database), writing_(std::move(writing)), watch_(run.cancel()) {
    watch_.SetTimeout(run.clock(), database.options_.statement_timeout_s);
  }

  ~Insertion() override {
    if (!connection_) return;
    inserter_.reset();
    database_.writer_->Leave(connection_, false, watch_).ok();
  }

  Status Start(const InsertSpec& spec, const SchemaPtr& schema) {
    ARROW_ASSIGN_OR_RAISE(connection_, database_.writer_->Join(watch_));
    final_ = !database_.writer_->open();
    inserter_ = std::make_unique<Inserter>(connection_, watch_);
    return inserter_->Start(spec, schema);
  }
  Status Write(const dataset::BatchPtr& batch) override { return inserter_->Write(*batch); }

  Result<int64_t> Finish() override {
    const int64_t rows = inserter_->rows();
    inserter_.reset();
    std::lock_guard lock(database_.mutex_);
    database_.snapshot_ = {};
    RETURN_NOT_OK(database_.writer_->Leave(connection_, true, watch_));
    connection_.reset();
    return rows;
  }
  bool final() const override { return final_; }

 private:
  SqliteDatabase& database_;
  const std::unique_lock<std::mutex> writing_;
  Watch watch_;
  std::shared_ptr<Connection> connection_;  // until it ends
  std::unique_ptr<Inserter> inserter_;
  bool final_ = true;
};

Result<std::unique_ptr<TableWriter>> SqliteDatabase::OpenTable(const InsertSpec& spec,
                                                               const SchemaPtr& schema,
                                                               RunContext& run) {
  std::unique_lock writing(write_mutex_);
  {
    std::lock_guard lock(mutex_);
    RETURN_NOT_OK(CheckWritable("INSERT INTO " + spec.table));
    // Where readers do not lock writers out, they go on seeing what they saw.
    if (!FileExists(path_ + "-wal")) snapshot_ = {};
  }
  auto insertion = std::make_unique<Insertion>(*this, std::move(writing), run);
  RETURN_NOT_OK(insertion->Start(spec, schema));
  return insertion;
}

}  // namespace

Result<std::string> PathOf(std::string_view uri) {
  std::string_view path = uri.substr(uri.find(':') + 1);
  if (path.substr(0, 2) == "//") {
    path.remove_prefix(2);
    if (path.empty() || path[0] != '/') {
      return Error(ErrorKind::kUsage, fmt::format("sql: not a SQLite URI: {}", uri))
          .Hint(
              "write sqlite:relative/path.db, sqlite:/absolute/path.db or "
              "sqlite:///absolute/path.db");
    }
  }
  if (path.empty()) {
    return Error(ErrorKind::kUsage, "sql: the SQLite URI names no file")
        .Hint("put the path of a file after its colon");
  }
  return std::string(path);
}

Result<DatabasePtr> Open(std::string_view uri, const OpenOptions& options,
                         const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(std::string path, PathOf(uri));
  auto database = std::make_shared<SqliteDatabase>(path, path, options, nullptr);
  RETURN_NOT_OK(database->Try(cancel));
  return database;
}

Result<DatabasePtr> Create(std::string_view uri, const OpenOptions& options,
                           const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(std::string path, PathOf(uri));
  RETURN_NOT_OK(cancel.Check());
  if (FileExists(path)) return FileIsThere(path);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (!folder.empty()) RETURN_NOT_OK(MakeFolders(folder));
  // What a killed run left of this file or its neighbours.
  RETURN_NOT_OK(RemoveStaleTemporaries(folder).status());
  ARROW_ASSIGN_OR_RAISE(auto file, AtomicFile::Create(path));
  OpenOptions writable = options;
  writable.read_only = false;
  const std::string temporary = file->temporary_path();
  return std::make_shared<SqliteDatabase>(temporary, path, writable, std::move(file));
}

}  // namespace tideway::sql::sqlite
