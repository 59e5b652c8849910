// What the contract suite runs over: one fresh database of each member, and a connection beside
// Tideway's that writes to it. A new member adds a Backend and a line in Backends().
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/run_context.h"
#include "core/sql/sql.h"

namespace tideway::sql {

class Backend {
 public:
  virtual ~Backend() = default;
  // Where the fresh database is.
  virtual std::string uri() const = 0;
  // The same with a password in it, right or wrong.
  virtual std::string uri_with_password(const std::string& password) const = 0;
  // Runs statements on a connection of its own; fails the test on an error.
  virtual void Write(const std::string& statements) = 0;
};

struct BackendFactory {
  const char* name;
  std::function<std::unique_ptr<Backend>()> make;
};
inline void PrintTo(const BackendFactory& factory, std::ostream* out) { *out << factory.name; }
std::vector<BackendFactory> Backends();

// The URI of a PostgreSQL server for tests: TIDEWAY_TEST_POSTGRES, else one started for this
// program. Fails the test when there is none.
std::string PostgresServer();
// A server of its own that takes TLS, as localhost, for as long as this lives.
class TlsServer {
 public:
  TlsServer();
  ~TlsServer();
  // With `host` and parameters: "sslmode=require".
  std::string uri(const std::string& host, const std::string& parameters) const;
  // The certificate that vouches for the server's.
  std::string root() const { return folder_ + "/root.crt"; }

 private:
  const std::string folder_;
  std::string uri_;
};
std::unique_ptr<Backend> MakePostgresBackend();
std::unique_ptr<Backend> MakeSqliteBackend();

// A run, and shorthands for reading a query.
class SqlTest {
 public:
  explicit SqlTest(std::unique_ptr<Backend> backend);

  DatabasePtr Connect(OpenOptions options = {});
  // Each row as "1|two|null"; reads to the end.
  Result<std::vector<std::string>> Rows(const dataset::NodePtr& plan);
  Result<std::vector<std::string>> Rows(const std::string& sql, std::vector<Param> params = {});
  // "id: int64, message: string"
  std::string Columns(const std::string& sql);
  // The error that reading `sql` gives.
  Status Failure(const std::string& sql, std::vector<Param> params = {});

  Backend& backend() { return *backend_; }
  const DatabasePtr& database() { return database_; }
  dataset::RunContext& run() { return *run_; }

 private:
  std::unique_ptr<Backend> backend_;
  FakeClock clock_;
  std::unique_ptr<dataset::RunContext> run_;
  DatabasePtr database_;
};

// Hint and message of an error, which a user sees together.
std::string ErrorText(const Status& status);
// 1, 2, ... without end, as the column `i`.
inline constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n) SELECT i FROM "
    "n";
// Statements that fill `rows` with 1 ... n: id BIGINT, message TEXT of 260 bytes, label TEXT.
std::string FillRows(int64_t n);

}  // namespace tideway::sql
