#include "core/sql/sqlite/writer.h"

#include <utility>

namespace tideway::sql::sqlite {

Writer::Writer(std::string path, OpenOptions options, bool durable)
    : path_(std::move(path)), options_(std::move(options)), durable_(durable) {}

Result<std::shared_ptr<Connection>> Writer::OpenConnection(Watch& watch) {
  ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(path_, false, options_));
  if (durable_) return connection;
  ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
  RETURN_NOT_OK(connection->Run("PRAGMA journal_mode = MEMORY"));
  RETURN_NOT_OK(connection->Run("PRAGMA synchronous = OFF"));
  return connection;
}

Result<int64_t> Writer::Execute(const std::string& sql, const std::vector<Param>& params,
                                const CancelToken& cancel) {
  RETURN_NOT_OK(state_.CheckExecute());
  Watch watch(cancel);
  watch.SetTimeout(SystemClock(), options_.statement_timeout_s);
  std::shared_ptr<Connection> connection = connection_;
  if (!connection) {
    ARROW_ASSIGN_OR_RAISE(connection, OpenConnection(watch));
  }
  const auto run = [&]() -> Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
    ARROW_ASSIGN_OR_RAISE(Statement statement, connection->Prepare(sql, params));
    const int64_t before = connection->total_changes();
    for (bool row = true; row;) {
      ARROW_ASSIGN_OR_RAISE(row, connection->Step(statement.get()));
    }
    return connection->total_changes() - before;
  };
  auto rows = run();
  state_.failed = state_.open && !rows.ok();
  return rows;
}

Status Writer::Begin(const CancelToken& cancel) {
  RETURN_NOT_OK(state_.CheckBegin());
  Watch watch(cancel);
  ARROW_ASSIGN_OR_RAISE(connection_, BeginOn(watch));
  state_ = {.open = true, .failed = false};
  return Status::OK();
}

Result<std::shared_ptr<Connection>> Writer::BeginOn(Watch& watch) {
  ARROW_ASSIGN_OR_RAISE(auto connection, OpenConnection(watch));
  ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
  RETURN_NOT_OK(connection->Run("BEGIN IMMEDIATE"));
  return connection;
}

Result<std::shared_ptr<Connection>> Writer::Join(Watch& watch) {
  RETURN_NOT_OK(state_.CheckExecute());
  return connection_ ? connection_ : BeginOn(watch);
}

Status Writer::Leave(const std::shared_ptr<Connection>& connection, bool keep, Watch& watch) {
  if (connection == connection_) {
    state_.failed |= !keep;
    return Status::OK();
  }
  // Closing a connection of its own rolls back what is not committed.
  if (!keep) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
  return connection->Run("COMMIT");
}

Status Writer::End(bool commit, const CancelToken& cancel) {
  const TransactionState state = std::exchange(state_, {});
  const auto connection = std::move(connection_);
  RETURN_NOT_OK(state.CheckEnd(commit));
  // Closing the connection rolls back what is not committed.
  if (!commit) return Status::OK();
  Watch watch(cancel);
  ARROW_ASSIGN_OR_RAISE(const auto turn, connection->Take(watch));
  return connection->Run("COMMIT");
}

}  // namespace tideway::sql::sqlite
