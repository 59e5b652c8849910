#include "core/sql/postgres/ledger.h"

#include <fmt/format.h>
#include <poll.h>

#include <charconv>
#include <chrono>
#include <span>
#include <unordered_map>

#include "core/sql/postgres/connect.h"
#include "core/sql/postgres/error.h"
#include "core/sql/postgres/session.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr int kTickMs = 50;
// Statements sent before their answers are read: what answers of a few bytes never fill.
constexpr size_t kInFlight = 64;
// Of pg_type.dat.
constexpr Oid kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701;

template <typename T>
Param Parsed(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Param ValueOf(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return {};
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool:
      return text == "t";
    case kInt2:
    case kInt4:
    case kInt8:
      return Parsed<int64_t>(text);
    case kFloat4:
    case kFloat8:
      return Parsed<double>(text);
    default:
      return std::string(text);
  }
}

LedgerRows RowsOf(const PGresult* result) {
  LedgerRows rows;
  for (int i = 0; i < PQntuples(result); ++i) {
    LedgerRow& row = rows.emplace_back();
    for (int j = 0; j < PQnfields(result); ++j) row.push_back(ValueOf(result, i, j));
  }
  return rows;
}

bool IsGood(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC;
}

class PostgresLedger : public Ledger {
 public:
  PostgresLedger(ConnectInfo info, const LedgerOptions& options, const CancelToken& cancel)
      : Ledger(options, cancel), info_(std::move(info)) {}

  Status Open() {
    prepared_.clear();
    waiting_ = false;
    ARROW_ASSIGN_OR_RAISE(connection_, postgres::Connect(info_, options_.timeout_s, cancel_));
    uri_ = NormalisedUri(connection_.get());
    return Command(fmt::format("SET statement_timeout = {}; SET default_transaction_read_only = {}",
                               static_cast<int64_t>(options_.timeout_s * 1000),
                               options_.read_only ? "on" : "off"));
  }

  bool shared() const override { return true; }
  const std::string& uri() const override { return uri_; }

  Result<LedgerRows> Run(const std::string& sql, const std::vector<Param>& params) override {
    ARROW_ASSIGN_OR_RAISE(const std::string name, Prepared(sql));
    RETURN_NOT_OK(Send(name, sql, params));
    ARROW_ASSIGN_OR_RAISE(const ResultPtr result, AwaitOnly(sql));
    return RowsOf(result.get());
  }

  Result<std::vector<LedgerRows>> RunEach(const std::string& sql,
                                          const std::vector<std::vector<Param>>& params) override {
    ARROW_ASSIGN_OR_RAISE(const std::string name, Prepared(sql));
    std::vector<LedgerRows> all;
    for (size_t done = 0; done < params.size(); done += kInFlight) {
      const auto part = std::span(params).subspan(done, std::min(kInFlight, params.size() - done));
      RETURN_NOT_OK(RunPipelined(name, sql, part, all));
    }
    return all;
  }

 protected:
  Status Begin(Sync sync) override {
    if (!connection_) RETURN_NOT_OK(Open());
    const std::string begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
    return Command(sync == Sync::kLater ? begin + "; SET LOCAL synchronous_commit = off" : begin);
  }
  // A transaction whose statement failed is undone by COMMIT, but then no `work` returned true.
  Status Commit() override { return Command("COMMIT"); }
  void Rollback() override {
    const bool usable = connection_ && PQstatus(connection_.get()) == CONNECTION_OK && !waiting_ &&
                        Command("ROLLBACK").ok();
    if (!usable) connection_.reset();
  }

 private:
  Status Command(const std::string& sql) {
    RETURN_NOT_OK(Sent(PQsendQuery(connection_.get(), sql.c_str()), sql));
    return AwaitOnly(sql).status();
  }

  Result<std::string> Prepared(const std::string& sql) {
    const auto found = prepared_.find(sql);
    if (found != prepared_.end()) return found->second;
    const std::string name = fmt::format("tideway_{}", prepared_.size());
    RETURN_NOT_OK(
        Sent(PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), sql));
    RETURN_NOT_OK(AwaitOnly(sql).status());
    prepared_[sql] = name;
    return name;
  }

  Status Send(const std::string& name, const std::string& sql, const std::vector<Param>& params) {
    ARROW_ASSIGN_OR_RAISE(const TextRow texts, ParamsToText(params));
    std::vector<const char*> values;
    for (const auto& text : texts) values.push_back(text ? text->c_str() : nullptr);
    return Sent(
        PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                            values.data(), nullptr, nullptr, 0),
        sql);
  }

  Status Sent(int sent, const std::string& sql) {
    deadline_ = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(
                                         std::chrono::duration<double>(options_.timeout_s));
    if (sent != 1) return ResultError(nullptr, connection_.get(), sql);
    waiting_ = true;
    return Status::OK();
  }

  Status RunPipelined(const std::string& name, const std::string& sql,
                      std::span<const std::vector<Param>> params, std::vector<LedgerRows>& all) {
    PGconn* const raw = connection_.get();
    if (PQenterPipelineMode(raw) != 1) return ResultError(nullptr, raw, sql);
    for (const auto& one : params) RETURN_NOT_OK(Send(name, sql, one));
    RETURN_NOT_OK(Sent(PQpipelineSync(raw), sql));
    Status failure;
    for (bool synced = false; !synced;) {
      ARROW_ASSIGN_OR_RAISE(const ResultPtr result, Await(sql));
      if (!result) continue;  // between the answers of two statements
      synced = PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
      if (!IsGood(result.get()) && failure.ok()) failure = ResultError(result.get(), raw, sql);
      if (!synced) all.push_back(RowsOf(result.get()));
    }
    waiting_ = false;
    if (PQexitPipelineMode(raw) != 1 && failure.ok()) failure = ResultError(nullptr, raw, sql);
    return failure;
  }

  // The next result; null at the end of a statement's. An error leaves the connection of no use.
  Result<ResultPtr> Await(const std::string& sql) {
    PGconn* const raw = connection_.get();
    while (PQisBusy(raw) != 0) {
      RETURN_NOT_OK(cancel_.Check());
      if (SteadyClock::now() > deadline_) {
        return Error(ErrorKind::kTimeout,
                     fmt::format("sql: no answer within {} s: {}", options_.timeout_s, uri_))
            .Hint("is the server there, and is the network?")
            .Retryable();
      }
      pollfd descriptor{.fd = PQsocket(raw), .events = POLLIN, .revents = 0};
      if (poll(&descriptor, 1, kTickMs) == 0) continue;
      if (PQconsumeInput(raw) == 0) return ResultError(nullptr, raw, sql);
    }
    return ResultPtr(PQgetResult(raw));
  }

  // The last result of what was sent, or the first error.
  Result<ResultPtr> AwaitOnly(const std::string& sql) {
    ResultPtr last;
    Status failure;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(ResultPtr result, Await(sql));
      if (!result) break;
      if (!IsGood(result.get()) && failure.ok()) {
        failure = ResultError(result.get(), connection_.get(), sql);
      }
      last = std::move(result);
    }
    waiting_ = false;
    RETURN_NOT_OK(failure);
    return last;
  }

  const ConnectInfo info_;
  std::string uri_;
  ConnectionPtr connection_;                               // null after it broke
  std::unordered_map<std::string, std::string> prepared_;  // SQL -> name
  SteadyClock::time_point deadline_;
  bool waiting_ = false;  // an answer is still to come
};

}  // namespace

Result<std::unique_ptr<Ledger>> OpenLedger(std::string_view uri, const LedgerOptions& options,
                                           const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(ConnectInfo info, ParseUri(uri));
  auto ledger = std::make_unique<PostgresLedger>(std::move(info), options, cancel);
  RETURN_NOT_OK(ledger->Open());
  return ledger;
}

}  // namespace tideway::sql::postgres
