#include "core/sql/postgres/session.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include "core/sql/postgres/error.h"
#include "core/sql/postgres/pqxx_compat_internal.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

// Calls `work`; what libpqxx throws becomes our error.
template <typename Work>
Status Guard(const std::string& sql, Work&& work) {
  try {
    work();
    return Status::OK();
  } catch (const pqxx::syntax_error& error) {
    return MakeError({.sqlstate = error.sqlstate(),
                      .message = FirstLine(error.what()),
                      .position = error.error_position},
                     sql);
  } catch (const pqxx::sql_error& error) {
    return MakeError({.sqlstate = error.sqlstate(), .message = FirstLine(error.what())}, sql);
  } catch (const std::exception& error) {
    return MakeError({.message = FirstLine(error.what())}, sql);
  }
}

struct ParamText {
  std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
  std::optional<std::string> operator()(bool value) const { return value ? "t" : "f"; }
  std::optional<std::string> operator()(int64_t value) const { return std::to_string(value); }
  std::optional<std::string> operator()(double value) const { return fmt::format("{}", value); }
  std::optional<std::string> operator()(const std::string& value) const { return value; }
};

TextRow ToTextRow(const pqxx::row& row) {
  TextRow values;
  for (const auto& field : row) {
    values.push_back(field.is_null() ? std::nullopt : std::optional<std::string>(field.c_str()));
  }
  return values;
}

// The snapshot's transaction is idle for as long as the run lasts.
std::string SetUp(const OpenOptions& options) {
  std::string sql = "SET idle_in_transaction_session_timeout = 0";
  if (options.statement_timeout_s > 0) {
    sql += fmt::format("; SET statement_timeout = {}",
                       static_cast<int64_t>(options.statement_timeout_s * 1000 + 0.5));
  }
  if (options.read_only) sql += "; SET default_transaction_read_only = on";
  return sql;
}

}  // namespace

Result<TextRow> ParamsToText(const std::vector<Param>& params) {
  TextRow texts;
  for (const Param& param : params) {
    texts.push_back(std::visit(ParamText{}, param));
    if (!texts.back() || texts.back()->find('\0') == std::string::npos) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: PostgreSQL text cannot hold a NUL byte: parameter ${}",
                             texts.size()))
        .Hint(fmt::format("for a bytea send it as hexadecimal and write decode(${}, 'hex')",
                          texts.size()));
  }
  return texts;
}

struct Session::State {
  std::unique_ptr<PqxxConnection> connection;
  std::unique_ptr<ReadTransaction> transaction;
  std::unique_ptr<pqxx::work> write;
};

Session::Session() : state_(std::make_unique<State>()) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Adopt(ConnectionPtr connection,
                                                const OpenOptions& options) {
  std::unique_ptr<Session> self(new Session());
  self->raw_ = connection.get();
  RETURN_NOT_OK(Guard("", [&] {
    self->state_->connection = TakeOverConnection(std::move(connection));
    pqxx::nontransaction work(*self->state_->connection);
    work.exec(SetUp(options));
  }));
  return self;
}

Status Session::Ping() {
  return Guard("SELECT 1", [&] { pqxx::nontransaction(*state_->connection).exec("SELECT 1"); });
}

Status Session::BeginRead(const std::string& snapshot) {
  return Guard("BEGIN", [&] {
    state_->transaction = std::make_unique<ReadTransaction>(*state_->connection);
    if (snapshot.empty()) return;
    state_->transaction->exec("SET TRANSACTION SNAPSHOT " + state_->transaction->quote(snapshot));
  });
}

Result<std::vector<TextRow>> Session::Rows(const std::string& sql,
                                           const std::vector<Param>& params) {
  std::vector<TextRow> rows;
  ARROW_ASSIGN_OR_RAISE(const TextParams texts, ParamsToText(params));
  RETURN_NOT_OK(Guard(sql, [&] {
    pqxx::transaction_base* open = state_->write.get();
    if (open == nullptr) open = state_->transaction.get();
    for (const auto& row : ExecParams(*open, sql, texts)) rows.push_back(ToTextRow(row));
  }));
  return rows;
}

Status Session::EndRead() {
  return Guard("ROLLBACK", [&] {
    state_->transaction->abort();
    state_->transaction.reset();
  });
}

Status Session::BeginWrite() {
  return Guard("BEGIN", [&] { state_->write = std::make_unique<pqxx::work>(*state_->connection); });
}

Status Session::EndWrite(bool commit) {
  const auto work = std::move(state_->write);
  return Guard("COMMIT", [&] { commit ? work->commit() : work->abort(); });
}

Result<int64_t> Session::Execute(const std::string& sql, const std::vector<Param>& params) {
  int64_t rows = 0;
  RETURN_NOT_OK(CheckStatementText(sql));
  ARROW_ASSIGN_OR_RAISE(const TextParams texts, ParamsToText(params));
  const auto run = [&](pqxx::work& work) {
    rows = static_cast<int64_t>(ExecParams(work, sql, texts).affected_rows());
  };
  RETURN_NOT_OK(Guard(sql, [&] {
    if (state_->write) return run(*state_->write);
    pqxx::work work(*state_->connection);
    run(work);
    work.commit();
  }));
  return rows;
}

void Session::Cut() { shutdown(PQsocket(raw_), SHUT_RDWR); }

}  // namespace tideway::sql::postgres
