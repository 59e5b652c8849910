#include "core/sql/postgres/postgres.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/sql/postgres/reader.h"
#include "core/sql/postgres/table_writer.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

using dataset::RunContext;
using dataset::SchemaPtr;

// Cancels what `session` runs once `cancel` is set, for as long as it lives: libpqxx cannot.
class CancelGuard {
 public:
  CancelGuard(const Session& session, const CancelToken& cancel)
      : cancel_(PQgetCancel(session.raw())), thread_([this, &cancel] { Watch(cancel); }) {}
  ~CancelGuard() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    finished_.notify_one();
    thread_.join();
  }

 private:
  void Watch(const CancelToken& cancel) {
    constexpr std::chrono::milliseconds kTick{50};
    std::unique_lock lock(mutex_);
    while (!finished_.wait_for(lock, kTick, [this] { return done_; })) {
      char ignored[256];
      if (cancel.cancelled()) PQcancel(cancel_.get(), ignored, sizeof ignored);
    }
  }

  const CancelPtr cancel_;
  std::mutex mutex_;
  std::condition_variable finished_;
  bool done_ = false;
  std::thread thread_;
};

// What lasts from the first query to the next Execute(): a session whose open transaction keeps the
// exported snapshot alive.
struct Snapshot {
  Lease holder;
  std::string id;
  std::string identity;
};

class PostgresDatabase : public Database {
  class Insertion;

 public:
  PostgresDatabase(std::shared_ptr<Pool> pool, std::string uri, bool read_only)
      : pool_(std::move(pool)), uri_(std::move(uri)), read_only_(read_only) {}
  ~PostgresDatabase() override { Close().ok(); }

  const std::string& uri() const override { return uri_; }

  Result<int64_t> Execute(const std::string& sql, const std::vector<Param>& params,
                          const CancelToken& cancel) override {
    std::lock_guard lock(write_mutex_);
    RETURN_NOT_OK(transaction_.CheckExecute());
    Lease own;
    if (!writer_) {
      ARROW_ASSIGN_OR_RAISE(own, TakeWriter(sql, cancel));
    }
    const Lease& lease = writer_ ? writer_ : own;
    const CancelGuard guard(*lease.operator->(), cancel);
    auto rows = lease->Execute(sql, params);
    transaction_.failed = transaction_.open && !rows.ok();
    if (!transaction_.open) EndSnapshot();  // one that a query fixed while this was running
    if (!rows.ok()) RETURN_NOT_OK(cancel.Check());
    return rows;
  }

  Status Begin(const CancelToken& cancel) override {
    std::lock_guard lock(write_mutex_);
    RETURN_NOT_OK(transaction_.CheckBegin());
    ARROW_ASSIGN_OR_RAISE(Lease lease, TakeWriter("BEGIN", cancel));
    RETURN_NOT_OK(lease->BeginWrite());
    writer_ = std::move(lease);
    transaction_ = {.open = true, .failed = false};
    return Status::OK();
  }

  Status End(bool commit, const CancelToken& cancel) override {
    std::lock_guard lock(write_mutex_);
    const TransactionState state = std::exchange(transaction_, {});
    Lease lease = std::move(writer_);
    if (lease) {
      const CancelGuard guard(*lease.operator->(), cancel);
      const Status ended = lease->EndWrite(commit && !state.failed);
      EndSnapshot();
      if (!ended.ok()) lease.Discard();
      RETURN_NOT_OK(ended);
    }
    return state.CheckEnd(commit);
  }

  Status CheckInsert(const InsertSpec& spec, const SchemaPtr& schema, RunContext& run) override {
    if (read_only_) return ReadOnlyError("INSERT INTO " + spec.table);
    {
      std::lock_guard lock(write_mutex_);
      RETURN_NOT_OK(transaction_.CheckExecute());
      if (transaction_.open) return CheckTable(*writer_.operator->(), spec, schema);
    }
    // As it is now: the snapshot of the queries may be older.
    ARROW_ASSIGN_OR_RAISE(Lease lease, pool_->Take(run.cancel()));
    RETURN_NOT_OK(lease->BeginRead(""));
    const Status checked = CheckTable(*lease.operator->(), spec, schema);
    if (!lease->EndRead().ok()) lease.Discard();
    return checked;
  }

  Result<std::unique_ptr<TableWriter>> OpenTable(const InsertSpec& spec, const SchemaPtr& schema,
                                                 RunContext& run) override;

  Status Close() override {
    {
      std::lock_guard lock(write_mutex_);
      writer_.Discard();
      transaction_ = {};
    }
    EndSnapshot();
    pool_->Close();
    return Status::OK();
  }

  Result<SchemaPtr> Describe(const QuerySpec& query, RunContext& run) override {
    ARROW_ASSIGN_OR_RAISE(Lease lease, TakeReader(run));
    return DescribeQuery(std::move(lease), query, run);
  }

  Result<std::unique_ptr<BatchReader>> Read(const QuerySpec& query, RunContext& run) override {
    ARROW_ASSIGN_OR_RAISE(Lease lease, TakeReader(run));
    return ReadQuery(std::move(lease), query, run);
  }

  Result<std::string> SnapshotIdentity(RunContext& run) override {
    std::lock_guard lock(mutex_);
    RETURN_NOT_OK(EnsureSnapshot(run));
    return snapshot_.identity;
  }

 private:
  void EndSnapshot() {
    std::lock_guard lock(mutex_);
    if (snapshot_.holder && !snapshot_.holder->EndRead().ok()) snapshot_.holder.Discard();
    snapshot_ = {};
  }

  Result<Lease> TakeWriter(const std::string& sql, const CancelToken& cancel) {
    EndSnapshot();
    ARROW_ASSIGN_OR_RAISE(Lease lease, pool_->Take(cancel));
    if (read_only_) return ReadOnlyError(sql);
    return lease;
  }

  // A session that sees the snapshot.
  Result<Lease> TakeReader(RunContext& run) {
    std::string id;
    {
      std::lock_guard lock(mutex_);
      RETURN_NOT_OK(EnsureSnapshot(run));
      id = snapshot_.id;
    }
    ARROW_ASSIGN_OR_RAISE(Lease lease, pool_->Take(run.cancel()));
    const Status begun = lease->BeginRead(id);
    if (!begun.ok()) lease.Discard();
    RETURN_NOT_OK(WithContext("sql: the snapshot is gone", begun));
    return lease;
  }

  // Call with mutex_ held.
  Status EnsureSnapshot(RunContext& run) {
    if (snapshot_.holder) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Lease lease, pool_->Take(run.cancel()));
    RETURN_NOT_OK(lease->BeginRead(""));
    // Two snapshots of one server's database with equal text see the same rows: no transaction
    // has begun or ended in between.
    auto rows = lease->Rows(
        "SELECT pg_export_snapshot(), (SELECT system_identifier FROM pg_control_system()) || ' ' "
        "|| "
        "(SELECT oid FROM pg_database WHERE datname = current_database()) || ' ' || "
        "txid_current_snapshot()::text",
        {});
    if (!rows.ok()) lease.Discard();
    RETURN_NOT_OK(rows.status());
    snapshot_.id = (*rows)[0][0].value_or("");
    snapshot_.identity = (*rows)[0][1].value_or("");
    snapshot_.holder = std::move(lease);
    return Status::OK();
  }

  const std::shared_ptr<Pool> pool_;
  const std::string uri_;
  const bool read_only_;
  std::mutex write_mutex_;
  Lease writer_;  // while a transaction is open
  TransactionState transaction_;
  std::mutex mutex_;
  Snapshot snapshot_;
};

// Rows into a table, in the open transaction, which it keeps others out of, or in one of its own.
class PostgresDatabase::Insertion : public TableWriter {
 public:
  Insertion(PostgresDatabase& database, std::unique_lock<std::mutex> lock, Lease own,
            RunContext& run)
      : database_(database),
        lock_(std::move(lock)),
        own_(std::move(own)),
        cancel_(run.cancel()),
        writer_(*session(), cancel_),
        guard_(std::make_unique<CancelGuard>(*session(), cancel_)) {}

  ~Insertion() override {
    if (ended_) return;
    const bool usable = writer_.Abort();
    guard_.reset();
    database_.transaction_.failed |= !own_;
    if (own_ && (!usable || !own_->EndWrite(false).ok())) own_.Discard();
  }

  Status Start(const InsertSpec& spec, const SchemaPtr& schema) {
    return Explain(writer_.Start(spec, schema));
  }
  Status Write(const dataset::BatchPtr& batch) override { return Explain(writer_.Write(*batch)); }

  Result<int64_t> Finish() override {
    const auto rows = writer_.Finish();
    RETURN_NOT_OK(Explain(rows.status()));
    ended_ = true;
    if (!own_) return rows;
    const Status kept = own_->EndWrite(true);
    database_.EndSnapshot();
    if (!kept.ok()) own_.Discard();
    RETURN_NOT_OK(Explain(kept));
    return rows;
  }

  bool final() const override { return !lock_; }

 private:
  Session* session() const { return (own_ ? own_ : database_.writer_).operator->(); }

  // What fails because the run was cancelled says so.
  Status Explain(const Status& status) const {
    if (!status.ok()) RETURN_NOT_OK(cancel_.Check());
    return status;
  }

  PostgresDatabase& database_;
  const std::unique_lock<std::mutex> lock_;  // while a transaction is open
  Lease own_;
  const CancelToken& cancel_;
  CopyWriter writer_;
  std::unique_ptr<CancelGuard> guard_;
  bool ended_ = false;
};

Result<std::unique_ptr<TableWriter>> PostgresDatabase::OpenTable(const InsertSpec& spec,
                                                                 const SchemaPtr& schema,
                                                                 RunContext& run) {
  std::unique_lock lock(write_mutex_);
  RETURN_NOT_OK(transaction_.CheckExecute());
  Lease own;
  if (!transaction_.open) {
    lock.unlock();  // other statements need not wait for what is no part of them
    ARROW_ASSIGN_OR_RAISE(own, pool_->Take(run.cancel()));
    if (read_only_) return ReadOnlyError("INSERT INTO " + spec.table);
    RETURN_NOT_OK(own->BeginWrite());
  }
  auto insertion = std::make_unique<Insertion>(*this, std::move(lock), std::move(own), run);
  RETURN_NOT_OK(insertion->Start(spec, schema));
  return insertion;
}

}  // namespace

Result<DatabasePtr> Open(std::string_view uri, const OpenOptions& options,
                         const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(ConnectInfo info, ParseUri(uri));
  auto pool = std::make_shared<Pool>(std::move(info), options);
  std::string normalised;
  {
    ARROW_ASSIGN_OR_RAISE(const Lease lease, pool->Take(cancel));
    normalised = NormalisedUri(lease->raw());
  }
  return std::make_shared<PostgresDatabase>(std::move(pool), std::move(normalised),
                                            options.read_only);
}

}  // namespace tideway::sql::postgres
