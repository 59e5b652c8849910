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

 private:
  Result<std::shared_ptr<Connection>> OpenConnection(Watch& watch);

  const std::string path_;
  const OpenOptions options_;
  const bool durable_;
  TransactionState state_;
  std::shared_ptr<Connection> connection_;  // while a transaction is open
};

}  // namespace tideway::sql::sqlite
