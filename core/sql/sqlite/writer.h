// What changes a SQLite file: single statements, or several in one transaction.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/connection.h"

namespace tideway::sql::sqlite {

class Writer {
 public:
  // `durable`: every commit reaches the disk; false for a file that is published only when whole.
  Writer(std::string path, OpenOptions options, bool durable);

  Result<int64_t> Execute(const std::string& sql, const std::vector<Param>& params,
                          const CancelToken& cancel);
  Status Begin(const CancelToken& cancel);
  Status End(bool commit, const CancelToken& cancel);

  // Whether a transaction is open.
  bool open() const { return state_.open; }

  // For several statements that are to be kept together: the connection of the open transaction,
  // or a new one in a transaction of its own.
  Result<std::shared_ptr<Connection>> Join(Watch& watch);
  // Ends what Join() began. In the open transaction, which may go on, a failure spoils it.
  Status Leave(const std::shared_ptr<Connection>& connection, bool keep, Watch& watch);

 private:
  Result<std::shared_ptr<Connection>> OpenConnection(Watch& watch);
  Result<std::shared_ptr<Connection>> BeginOn(Watch& watch);

  const std::string path_;
  const OpenOptions options_;
  const bool durable_;
  TransactionState state_;
  std::shared_ptr<Connection> connection_;  // while a transaction is open
};

}  // namespace tideway::sql::sqlite
