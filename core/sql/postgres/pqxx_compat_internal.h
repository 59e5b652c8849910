// The one place that knows libpqxx's versions: 6.4 (Debian 12) and 7.x (Debian 13).
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "core/sql/postgres/handles.h"

namespace tideway::sql::postgres {

using TextParams = std::vector<std::optional<std::string>>;

#if PQXX_VERSION_MAJOR < 7

// Lets libpqxx take over a connection that is open already, and never reconnect: a new session
// would not have the old one's snapshot.
class TakeOver : public pqxx::connectionpolicy {
 public:
  explicit TakeOver(const std::string& options) : connectionpolicy(options) {}
  handle do_startconnect(handle open) override {
    if (open != nullptr) return open;
    if (next == nullptr) throw pqxx::broken_connection("the connection was lost");
    return std::exchange(next, nullptr);
  }
  handle do_completeconnect(handle open) override { return open; }

  static inline thread_local PGconn* next = nullptr;
};

using PqxxConnection = pqxx::basic_connection_base<TakeOver>;
using ReadTransaction = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

inline std::unique_ptr<PqxxConnection> TakeOverConnection(ConnectionPtr connection) {
  TakeOver::next = connection.release();
  return std::make_unique<PqxxConnection>();
}

inline pqxx::result ExecParams(pqxx::transaction_base& transaction, const std::string& sql,
                               const TextParams& params) {
  std::vector<const char*> values;
  for (const auto& param : params) values.push_back(param ? param->c_str() : nullptr);
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
}

#else

using PqxxConnection = pqxx::connection;
using ReadTransaction =
    pqxx::transaction<pqxx::isolation_level::repeatable_read, pqxx::write_policy::read_only>;

inline std::unique_ptr<PqxxConnection> TakeOverConnection(ConnectionPtr connection) {
  return std::make_unique<PqxxConnection>(
      pqxx::connection::seize_raw_connection(connection.release()));
}

inline pqxx::result ExecParams(pqxx::transaction_base& transaction, const std::string& sql,
                               const TextParams& params) {
  pqxx::params values;
  for (const auto& param : params) values.append(param);
  return transaction.exec_params(sql, values);
}

#endif

}  // namespace tideway::sql::postgres
