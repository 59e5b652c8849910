// One session with the server, carried by libpqxx; bulk reading goes around it, through raw().
//
// Threads: one at a time. A session is in at most one transaction.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/sql/postgres/connect.h"

namespace tideway::sql::postgres {

using TextRow = std::vector<std::optional<std::string>>;

class Session {
 public:
  // Hands `connection` to libpqxx and sets the session up.
  static Result<std::unique_ptr<Session>> Adopt(ConnectionPtr connection,
                                                const OpenOptions& options);
  ~Session();

  // `SELECT 1`: whether the session still lives.
  Status Ping();
  // Begins a REPEATABLE READ, READ ONLY transaction, on the exported `snapshot` unless it is empty.
  Status BeginRead(const std::string& snapshot);
  // The values of a small query inside the open transaction, as text.
  Result<std::vector<TextRow>> Rows(const std::string& sql, const std::vector<Param>& params);
  // Ends the transaction BeginRead() began. raw() must have no query under way.
  Status EndRead();
  // Begins and ends a transaction for Execute().
  Status BeginWrite();
  Status EndWrite(bool commit);
  // Runs one statement, in a transaction of its own unless one is open; the rows it changed.
  Result<int64_t> Execute(const std::string& sql, const std::vector<Param>& params);
  // Cuts the line, so that destroying a session whose query still runs waits for nothing.
  void Cut();

  PGconn* raw() const { return raw_; }

 private:
  Session();
  struct State;
  std::unique_ptr<State> state_;
  PGconn* raw_ = nullptr;
};

// The text forms of parameters; nothing for null. Errors of kind usage: text with a NUL byte, which
// PostgreSQL would take up to there.
Result<TextRow> ParamsToText(const std::vector<Param>& params);

}  // namespace tideway::sql::postgres
