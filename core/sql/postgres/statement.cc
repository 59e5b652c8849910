#include "core/sql/postgres/statement.h"

#include <fmt/format.h>
#include <poll.h>

#include "core/dataset/run_context.h"
#include "core/sql/postgres/error.h"
#include "core/sql/postgres/types.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

constexpr int kTickMs = 50;
constexpr int kBinary = 1;
// What PQgetCopyData returns.
constexpr int kCopyEnded = -1, kCopyFailed = -2;

}  // namespace

Statement::Statement(Lease lease, const QuerySpec& query, dataset::RunContext& run)
    : lease_(std::move(lease)),
      connection_(lease_->raw()),
      cancel_(PQgetCancel(connection_)),
      query_(query),
      run_(run) {}

Statement::~Statement() { Release(); }

Result<ResultPtr> Statement::Describe() {
  RETURN_NOT_OK(CheckStatementText(query_.sql));
  RETURN_NOT_OK(Send(PQsendPrepare(connection_, "", query_.sql.c_str(), 0, nullptr)));
  ARROW_ASSIGN_OR_RAISE(const ResultPtr prepared, AwaitOnly(PGRES_COMMAND_OK));
  RETURN_NOT_OK(Send(PQsendDescribePrepared(connection_, "")));
  return AwaitOnly(PGRES_COMMAND_OK);
}

void Statement::Interrupt() { interrupted_.store(true); }

Result<bool> Statement::Next() {
  if (!lease_) return false;
  ARROW_ASSIGN_OR_RAISE(const bool more, copied_ ? NextCopied() : NextSingle());
  if (more) return true;
  busy_ = false;
  Release();
  return false;
}

Status Statement::Start(size_t columns) {
  if (query_.params.empty() && IsSelect(query_.sql)) {
    copied_.emplace(columns);
    return Send(PQsendQuery(
        connection_,
        fmt::format("COPY ({}\n) TO STDOUT (FORMAT binary)", TrimStatement(query_.sql)).c_str()));
  }
  ARROW_ASSIGN_OR_RAISE(const TextRow texts, ParamsToText(query_.params));
  std::vector<const char*> values;
  for (const auto& text : texts) values.push_back(text ? text->c_str() : nullptr);
  RETURN_NOT_OK(
      Send(PQsendQueryParams(connection_, query_.sql.c_str(), static_cast<int>(values.size()),
                             nullptr, values.data(), nullptr, nullptr, kBinary)));
  PQsetSingleRowMode(connection_);
  return Status::OK();
}

// A session is given back only when it is known to be idle.
void Statement::Release() {
  if (!lease_) return;
  const bool idle = !busy_ && !interrupted_.load() && lease_->EndRead().ok();
  if (!idle) {
    CancelQuery();
    lease_.Discard();
  }
  lease_ = {};
}

Status Statement::Send(int sent) {
  busy_ = true;
  return sent == 1 ? Status::OK() : ResultError(nullptr, connection_, query_.sql);
}

void Statement::CancelQuery() {
  char ignored[256];
  if (cancel_) PQcancel(cancel_.get(), ignored, sizeof ignored);
}

Status Statement::CheckStop() const {
  RETURN_NOT_OK(run_.cancel().Check());
  if (!interrupted_.load(std::memory_order_relaxed)) return Status::OK();
  return Error(ErrorKind::kInterrupted, "sql: the query was interrupted");
}

// Waits until the server has sent something, or for a tick.
Status Statement::AwaitInput() {
  RETURN_NOT_OK(CheckStop());
  pollfd descriptor{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
  if (poll(&descriptor, 1, kTickMs) == 0 || PQconsumeInput(connection_) != 0) return Status::OK();
  RETURN_NOT_OK(CheckStop());
  return ResultError(nullptr, connection_, query_.sql);
}

// The next result; null at the end of the statement's.
Result<ResultPtr> Statement::Await() {
  while (PQisBusy(connection_) != 0) RETURN_NOT_OK(AwaitInput());
  return ResultPtr(PQgetResult(connection_));
}

// Reads the next row into `fields_`; false after the last. A row stays until the next call.
Result<bool> Statement::NextSingle() {
  ARROW_ASSIGN_OR_RAISE(row_, Await());
  if (!row_) return false;
  if (PQresultStatus(row_.get()) == PGRES_TUPLES_OK) return NextSingle();
  if (PQresultStatus(row_.get()) != PGRES_SINGLE_TUPLE) {
    return ResultError(row_.get(), connection_, query_.sql);
  }
  fields_.clear();
  for (int i = 0; i < PQnfields(row_.get()); ++i) {
    const auto size = static_cast<size_t>(PQgetlength(row_.get(), 0, i));
    const bool null = size == 0 && PQgetisnull(row_.get(), 0, i) != 0;
    fields_.push_back(null ? Field() : Field(PQgetvalue(row_.get(), 0, i), size));
  }
  return true;
}

Result<bool> Statement::NextCopied() {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, copied_->Next(&fields_));
    if (more) return true;
    char* bytes = nullptr;
    const int size = copying_ ? PQgetCopyData(connection_, &bytes, 1) : kCopyEnded;
    message_.reset(bytes);
    if (size > 0) {
      copied_->Feed({bytes, static_cast<size_t>(size)});
    } else if (size == 0) {
      RETURN_NOT_OK(AwaitInput());
    } else if (size == kCopyFailed) {
      return ResultError(nullptr, connection_, query_.sql);
    } else {
      ARROW_ASSIGN_OR_RAISE(const bool begun, CheckCopy());
      if (!begun) return false;
    }
  }
}

// Looks at what the server says of the COPY before its rows and after them. True before.
Result<bool> Statement::CheckCopy() {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const ResultPtr result, Await());
    const auto status = result ? PQresultStatus(result.get()) : PGRES_COMMAND_OK;
    copying_ = status == PGRES_COPY_OUT;
    if (copying_) return true;
    if (status != PGRES_COMMAND_OK) return ResultError(result.get(), connection_, query_.sql);
    if (!result) break;
  }
  if (copied_->ended()) return false;
  return Error(ErrorKind::kDatabase, "sql: the server ended a COPY before its end");
}

// The one result of a statement, which must have `status`.
Result<ResultPtr> Statement::AwaitOnly(ExecStatusType status) {
  ARROW_ASSIGN_OR_RAISE(ResultPtr result, Await());
  const bool good = result && PQresultStatus(result.get()) == status;
  const Status failure = good ? Status::OK() : ResultError(result.get(), connection_, query_.sql);
  for (ResultPtr rest(result ? PQgetResult(connection_) : nullptr); rest;) {
    rest.reset(PQgetResult(connection_));
  }
  busy_ = false;
  RETURN_NOT_OK(failure);
  return result;
}

}  // namespace tideway::sql::postgres
