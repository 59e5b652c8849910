// A SQLite connection that several threads take turns on, and its statements.
//
//   Watch watch(cancel);
//   ARROW_ASSIGN_OR_RAISE(Turn turn, connection->Take(watch));
//   ARROW_ASSIGN_OR_RAISE(Statement statement, connection->Prepare(sql, params));
//   while (true) { ARROW_ASSIGN_OR_RAISE(bool row, connection->Step(statement)); ... }
//
// Every use of the handle or of a statement, its destruction included, happens while a Turn is
// held: the handle is opened without SQLite's own mutex, which would be taken for every cell.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/sql/sql.h"

namespace tideway::sql::sqlite {

// Why a statement should stop: looked at by SQLite's progress handler while the statement runs.
class Watch {
 public:
  explicit Watch(const CancelToken& cancel) : cancel_(cancel) {}
  // Also stop when `clock` has passed `timeout_s` from now; 0: never.
  void SetTimeout(const Clock& clock, double timeout_s);
  void Interrupt() { interrupted_.store(true, std::memory_order_relaxed); }
  // OK while the statement may go on; else the error of kind interrupted or timeout.
  Status Check() const;
  const CancelToken& cancel() const { return cancel_; }

 private:
  const CancelToken& cancel_;
  std::atomic<bool> interrupted_{false};
  const Clock* clock_ = nullptr;
  double timeout_s_ = 0;
  std::chrono::nanoseconds deadline_{0};
};

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Connection {
 public:
  using Turn = std::unique_lock<std::timed_mutex>;

  // `path` must exist. The Waiter and connect_timeout_s of `options` serve waiting for locks.
  static Result<std::shared_ptr<Connection>> Open(const std::string& path, bool read_only,
                                                  const OpenOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;

  // Waits until no other thread uses the connection; then `watch` rules until the Turn is given up.
  Result<Turn> Take(Watch& watch);
  // A Turn for clearing up: waits without regard to any watch.
  Turn TakeForCleanup();

  // Compiles exactly one statement and binds $1, $2, ... to `params`.
  Result<Statement> Prepare(const std::string& sql, const std::vector<Param>& params);
  // The same without looking at parameters, which the caller binds.
  Result<Statement> PrepareUnbound(const std::string& sql);
  // True when a row is there, false at the end.
  Result<bool> Step(sqlite3_stmt* statement);
  // Whether SQLite was told to wait for a lock no longer. It goes on without one where it can, as
  // when it would write pages early to free memory. Asking forgets it.
  bool TakeGaveUp() { return std::exchange(gave_up_, false); }
  // The error for others who read the file for longer than is waited.
  Status ReadByOthers() const;
  // Runs a statement that returns nothing.
  Status Run(const std::string& sql);
  // The same of one for which SQLite itself does not wait, as for a change of the journal's mode.
  Status RunWhenFree(const std::string& sql);
  // Names what the read transaction sees, beside times and sizes of files: the change counter in
  // the database's header, and the size and salt of its write-ahead log. Read through SQLite:
  // closing a descriptor of our own would drop SQLite's locks.
  std::string ChangeMarks();
  // Rows changed since the connection was opened.
  int64_t total_changes() const { return sqlite3_total_changes64(handle_); }
  // Rows that the last statement changed itself, without its triggers.
  int64_t changes() const { return sqlite3_changes64(handle_); }

 private:
  Connection(std::string path, const OpenOptions& options)
      : path_(std::move(path)), options_(options) {}
  static int OnProgress(void* self);
  static int OnBusy(void* self, int calls);
  // The error for a result `code` that SQLite has just returned.
  Status Failure(int code, const std::string& sql) const;

  const std::string path_;
  const OpenOptions options_;
  sqlite3* handle_ = nullptr;
  std::timed_mutex mutex_;
  Watch* watch_ = nullptr;
  bool gave_up_ = false;
};

}  // namespace tideway::sql::sqlite
