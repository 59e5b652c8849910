#include "core/sql/postgres/copy_in.h"

#include <poll.h>

#include <chrono>
#include <cstdlib>

#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/sql/postgres/error.h"

namespace tideway::sql::postgres {
namespace {

constexpr int kTickMs = 50;
constexpr std::chrono::seconds kAbortTime{1};
constexpr size_t kChunkBytes = 256 << 10;

// For the life of a COPY only: libpqxx expects a connection that blocks.
bool SetNonblocking(PGconn* connection, bool on) { return PQsetnonblocking(connection, on) == 0; }

// Waits up to `timeout_ms` for `events`; those that came.
short Poll(PGconn* connection, short events, int timeout_ms) {
  pollfd descriptor{.fd = PQsocket(connection), .events = events, .revents = 0};
  return poll(&descriptor, 1, timeout_ms) > 0 ? descriptor.revents : short{0};
}

}  // namespace

CopyIn::CopyIn(PGconn* connection, const CancelToken& cancel)
    : connection_(connection), cancel_(cancel) {}

Status CopyIn::Start(const std::string& sql) {
  sql_ = sql;
  const ResultPtr result(PQexec(connection_, sql.c_str()));
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) {
    return ResultError(result.get(), connection_, sql_);
  }
  copying_ = true;
  SetNonblocking(connection_, true);
  return Status::OK();
}

Status CopyIn::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, kChunkBytes);
    RETURN_NOT_OK(Send(chunk));
    bytes.remove_prefix(chunk.size());
  }
  return Status::OK();
}

Status CopyIn::Send(std::string_view chunk) {
  RETURN_NOT_OK(AwaitRoom(0));
  while (true) {
    const int put = PQputCopyData(connection_, chunk.data(), static_cast<int>(chunk.size()));
    if (put > 0) return Flush();
    if (put < 0) return Failure();
    RETURN_NOT_OK(AwaitRoom(kTickMs));
  }
}

Status CopyIn::Flush() {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return Status::OK();
    if (left < 0) return Failure();
    RETURN_NOT_OK(AwaitRoom(kTickMs));
  }
}

// Waits until the server takes more. It says nothing during a COPY but notices, and why it failed:
// libpq tells of the latter only at the end.
Status CopyIn::AwaitRoom(int timeout_ms) {
  RETURN_NOT_OK(cancel_.Check());
  if ((Poll(connection_, POLLIN | POLLOUT, timeout_ms) & ~POLLOUT) == 0) return Status::OK();
  const int before = notices_;
  void* const log = nullptr;
  const auto receiver = PQsetNoticeReceiver(connection_, OnNotice, this);
  const bool alive = PQconsumeInput(connection_) != 0;
  PQisBusy(connection_);  // reads what has come
  PQsetNoticeReceiver(connection_, receiver, log);
  return alive && notices_ > before ? Status::OK() : Failure();
}

void CopyIn::OnNotice(void* self, const PGresult* result) {
  ++static_cast<CopyIn*>(self)->notices_;
  LogDebug("sql: {}", Redact(PQresultErrorMessage(result)));
}

Result<int64_t> CopyIn::Finish() {
  int ended = 0;
  while ((ended = PQputCopyEnd(connection_, nullptr)) == 0) RETURN_NOT_OK(AwaitRoom(kTickMs));
  if (ended < 0) return Failure();
  copying_ = false;
  return Drain();
}

// Reads the results of the COPY to their end: the rows taken, or the first error.
Result<int64_t> CopyIn::Drain() {
  int64_t rows = 0;
  Status failure;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const ResultPtr result, Await());
    if (!result) break;
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
      rows = std::atoll(PQcmdTuples(result.get()));
    } else if (failure.ok()) {
      failure = ResultError(result.get(), connection_, sql_);
    }
  }
  SetNonblocking(connection_, false);
  RETURN_NOT_OK(failure);
  return rows;
}

// The next result; null at the end. Sends what is still to be sent.
Result<ResultPtr> CopyIn::Await() {
  while (true) {
    const int left = PQflush(connection_);
    if (left <= 0 && PQisBusy(connection_) == 0) break;
    RETURN_NOT_OK(cancel_.Check());
    const short room = left > 0 ? POLLOUT : 0;
    if ((Poll(connection_, POLLIN | room, kTickMs) & ~POLLOUT) == 0) continue;
    if (PQconsumeInput(connection_) == 0) return ResultError(nullptr, connection_, sql_);
  }
  return ResultPtr(PQgetResult(connection_));
}

// Why the server no longer takes rows.
Status CopyIn::Failure() {
  if (copying_) PQputCopyEnd(connection_, "the server broke it off");
  copying_ = false;
  RETURN_NOT_OK(Drain().status());
  return Error(ErrorKind::kDatabase, "sql: the server broke off a COPY");
}

bool CopyIn::Abort() {
  const auto end = std::chrono::steady_clock::now() + kAbortTime;
  if (copying_) PQputCopyEnd(connection_, "the rows ended early");
  copying_ = false;
  while (true) {
    const int left = PQflush(connection_);
    if (PQstatus(connection_) != CONNECTION_OK) return false;
    if (left <= 0 && PQisBusy(connection_) == 0) {
      if (!ResultPtr(PQgetResult(connection_))) return SetNonblocking(connection_, false);
      continue;
    }
    if (std::chrono::steady_clock::now() > end) return false;
    const short room = left > 0 ? POLLOUT : 0;
    if ((Poll(connection_, POLLIN | room, kTickMs) & ~POLLOUT) != 0) PQconsumeInput(connection_);
  }
}

}  // namespace tideway::sql::postgres
