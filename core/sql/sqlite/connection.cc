#include "core/sql/sqlite/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/file.h"
#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/bind.h"
#include "core/sql/sqlite/error.h"

namespace tideway::sql::sqlite {
namespace {

// Some hundred microseconds of work.
constexpr int kOpsBetweenChecks = 20000;
// Most locks are held for a moment only.
constexpr int kShortWaits = 20;
constexpr std::chrono::microseconds kShortWait{500}, kBusyWait{10000};

// How long the wait after `calls` others is, and all of those were.
std::chrono::microseconds WaitAfter(int calls) {
  return calls < kShortWaits ? kShortWait : kBusyWait;
}
std::chrono::microseconds WaitedAfter(int calls) {
  const int shorts = std::min(calls, kShortWaits);
  return shorts * kShortWait + (calls - shorts) * kBusyWait;
}

// `count` bytes at `offset` of a file that SQLite has open, in hex, zeros beyond its end. Empty
// when there is no such file.
std::string HexOf(sqlite3_file* file, int count, sqlite3_int64 offset) {
  if (file == nullptr || file->pMethods == nullptr) return "";
  std::array<unsigned char, 16> bytes{};
  file->pMethods->xRead(file, bytes.data(), count, offset);
  return fmt::format("{:02x}", fmt::join(bytes.begin(), bytes.begin() + count, ""));
}

sqlite3_int64 SizeOf(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  if (file != nullptr && file->pMethods != nullptr) file->pMethods->xFileSize(file, &size);
  return size;
}

}  // namespace

void Watch::SetTimeout(const Clock& clock, double timeout_s) {
  if (timeout_s <= 0) return;
  clock_ = &clock;
  timeout_s_ = timeout_s;
  deadline_ = clock.Monotonic() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::duration<double>(timeout_s));
}

Status Watch::Check() const {
  RETURN_NOT_OK(cancel_.Check());
  if (interrupted_.load(std::memory_order_relaxed)) {
    return Error(ErrorKind::kInterrupted, "sql: the query was interrupted");
  }
  if (clock_ != nullptr && clock_->Monotonic() > deadline_) {
    return Error(ErrorKind::kTimeout,
                 fmt::format("sql: the query took longer than {} s", timeout_s_))
        .Hint("raise statement_timeout_s, or make the query cheaper");
  }
  return Status::OK();
}

Result<std::shared_ptr<Connection>> Connection::Open(const std::string& path, bool read_only,
                                                     const OpenOptions& options) {
  if (!FileExists(path)) return MissingFile(path);
  std::shared_ptr<Connection> self(new Connection(path, options));
  const int access = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code =
      sqlite3_open_v2(path.c_str(), &self->handle_, access | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return self->Failure(code, "");
  sqlite3_extended_result_codes(self->handle_, 1);
  sqlite3_progress_handler(self->handle_, kOpsBetweenChecks, OnProgress, self.get());
  sqlite3_busy_handler(self->handle_, OnBusy, self.get());
  return self;
}

Connection::~Connection() { sqlite3_close_v2(handle_); }

Result<Connection::Turn> Connection::Take(Watch& watch) {
  Turn turn(mutex_, std::defer_lock);
  while (!turn.try_lock_for(std::chrono::milliseconds(50))) RETURN_NOT_OK(watch.Check());
  RETURN_NOT_OK(watch.Check());
  watch_ = &watch;
  return turn;
}

Connection::Turn Connection::TakeForCleanup() {
  Turn turn(mutex_);
  watch_ = nullptr;
  return turn;
}

int Connection::OnProgress(void* self) {
  const Watch* watch = static_cast<Connection*>(self)->watch_;
  return watch != nullptr && !watch->Check().ok() ? 1 : 0;
}

int Connection::OnBusy(void* self, int calls) {
  auto& connection = *static_cast<Connection*>(self);
  const double waited_s = std::chrono::duration<double>(WaitedAfter(calls)).count();
  const bool waits = connection.watch_ != nullptr &&
                     waited_s < connection.options_.connect_timeout_s &&
                     connection.options_.wait(WaitAfter(calls), connection.watch_->cancel()).ok();
  connection.gave_up_ |= !waits;
  return waits ? 1 : 0;
}

Status Connection::ReadByOthers() const {
  return Error(ErrorKind::kConflict,
               fmt::format("sql: a query reads the file, which is not in WAL mode: {}", path_))
      .Hint("after PRAGMA journal_mode = WAL it can be read and written at once");
}

Status Connection::Failure(int code, const std::string& sql) const {
  // The progress and busy handlers stop SQLite; the watch knows why.
  if (watch_ != nullptr) RETURN_NOT_OK(watch_->Check());
  return MakeError(handle_, code, path_, sql);
}

Result<Statement> Connection::Prepare(const std::string& sql, const std::vector<Param>& params) {
  ARROW_ASSIGN_OR_RAISE(Statement statement, PrepareUnbound(sql));
  RETURN_NOT_OK(BindParams(statement.get(), params));
  return statement;
}

Result<Statement> Connection::PrepareUnbound(const std::string& sql) {
  RETURN_NOT_OK(CheckStatementText(sql));
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &raw, &rest);
  Statement statement(raw);
  if (code != SQLITE_OK) return Failure(code, sql);
  if (!statement) return Error(ErrorKind::kUsage, "sql: the statement is empty");
  if (!TrimStatement({rest, sql.data() + sql.size()}).empty()) {
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: more than one statement: {}", ShortenSql(rest)))
        .Hint("send one statement at a time");
  }
  return statement;
}

Result<bool> Connection::Step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Failure(code, sqlite3_sql(statement));
}

std::string Connection::ChangeMarks() {
  constexpr int kCounterBytes = 4, kCounterAt = 24, kSaltBytes = 8, kSaltAt = 16;
  sqlite3_file* database = nullptr;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &database);
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  return fmt::format("{} {} {}", HexOf(database, kCounterBytes, kCounterAt), SizeOf(log),
                     HexOf(log, kSaltBytes, kSaltAt));
}

Status Connection::Run(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(Statement statement, Prepare(sql, {}));
  return Step(statement.get()).status();
}

Status Connection::RunWhenFree(const std::string& sql) {
  for (int calls = 0;; ++calls) {
    const Status status = Run(sql);
    const bool is_busy = (sqlite3_errcode(handle_) & 0xff) == SQLITE_BUSY;
    if (status.ok() || !is_busy || OnBusy(this, calls) == 0) return status;
  }
}

}  // namespace tideway::sql::sqlite
