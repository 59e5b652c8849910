#include "core/sql/backend_test.h"

#include <arrow/api.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "core/base/file.h"

namespace tideway::sql {
namespace {

std::string NewFolder() {
  std::string path = "/tmp/tideway-sql-test.XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

std::string Script(const std::string& verb, const std::string& folder) {
  return std::string(TIDEWAY_SOURCE_DIR "/tests/support/postgres.sh ") + verb + " " + folder;
}

// Starts a server whose place is `folder`; its URI.
std::string StartServer(const std::string& verb, const std::string& folder) {
  std::string uri;
  FILE* output = popen(Script(verb, folder).c_str(), "r");
  for (int c; (c = std::fgetc(output)) != EOF;) uri += static_cast<char>(c);
  EXPECT_EQ(pclose(output), 0) << "no PostgreSQL server: install postgresql";
  while (!uri.empty() && uri.back() == '\n') uri.pop_back();
  return uri;
}

void StopServer(const std::string& folder) {
  EXPECT_EQ(std::system(Script("stop", folder).c_str()), 0);
  EXPECT_TRUE(RemoveAll(folder).ok());
}

// Starts a server when the test driver has not, for as long as this program runs.
class PostgresEnvironment : public testing::Environment {
 public:
  const std::string& uri() {
    if (!uri_.empty()) return uri_;
    if (const char* given = std::getenv("TIDEWAY_TEST_POSTGRES")) return uri_ = given;
    folder_ = NewFolder();
    return uri_ = StartServer("start", folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) StopServer(folder_);
  }

 private:
  std::string folder_;
  std::string uri_;
};

auto* const kPostgres =
    static_cast<PostgresEnvironment*>(testing::AddGlobalTestEnvironment(new PostgresEnvironment));

class PostgresBackend : public Backend {
 public:
  PostgresBackend() : server_(PostgresServer()) {
    static std::atomic<int> next{0};
    name_ = fmt::format("tideway_{}_{}", getpid(), next++);
    Run(server_, "CREATE DATABASE " + name_);
  }
  ~PostgresBackend() override { Run(server_, "DROP DATABASE " + name_ + " WITH (FORCE)"); }

  std::string uri() const override { return server_.substr(0, server_.rfind('/') + 1) + name_; }
  std::string uri_with_password(const std::string& password) const override {
    std::string uri = this->uri();
    return uri.insert(uri.find('@'), ":" + password);
  }
  void Write(const std::string& statements) override { Run(uri(), statements); }

 private:
  static void Run(const std::string& uri, const std::string& statements) {
    PGconn* connection = PQconnectdb(uri.c_str());
    PGresult* result = PQexec(connection, statements.c_str());
    const auto status = PQresultStatus(result);
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        << PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
  }

  const std::string server_;
  std::string name_;
};

class SqliteBackend : public Backend {
 public:
  SqliteBackend() : folder_(NewFolder()), path_(folder_ + "/test.db") {
    EXPECT_EQ(sqlite3_open(path_.c_str(), &handle_), SQLITE_OK);
    Write("PRAGMA journal_mode = WAL");
  }
  ~SqliteBackend() override {
    sqlite3_close(handle_);
    EXPECT_TRUE(RemoveAll(folder_).ok());
  }

  std::string uri() const override { return "sqlite:" + path_; }
  std::string uri_with_password(const std::string&) const override { return uri(); }
  void Write(const std::string& statements) override {
    EXPECT_EQ(sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle_);
  }

 private:
  const std::string folder_;
  const std::string path_;
  sqlite3* handle_ = nullptr;
};

std::string RowText(const arrow::RecordBatch& batch, int64_t row) {
  std::string text;
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (i > 0) text += "|";
    text += (*batch.column(i)->GetScalar(row))->ToString();
  }
  return text;
}

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"Postgres", MakePostgresBackend}, {"Sqlite", MakeSqliteBackend}};
}

std::unique_ptr<Backend> MakePostgresBackend() { return std::make_unique<PostgresBackend>(); }
std::unique_ptr<Backend> MakeSqliteBackend() { return std::make_unique<SqliteBackend>(); }

std::string PostgresServer() { return kPostgres->uri(); }

TlsServer::TlsServer() : folder_(NewFolder()), uri_(StartServer("start-tls", folder_)) {}
TlsServer::~TlsServer() { StopServer(folder_); }

std::string TlsServer::uri(const std::string& host, const std::string& parameters) const {
  const std::string local = "127.0.0.1";
  std::string uri = uri_;
  return uri.replace(uri.find(local), local.size(), host) + "?" + parameters;
}

SqlTest::SqlTest(std::unique_ptr<Backend> backend)
    : backend_(std::move(backend)),
      run_(std::make_unique<dataset::RunContext>(dataset::RunOptions{}, clock_)) {
  database_ = Connect();
}

DatabasePtr SqlTest::Connect(OpenOptions options) {
  auto database = Open(backend_->uri(), options, run_->cancel());
  EXPECT_TRUE(database.ok()) << database.status().ToString();
  return database.ValueOr(nullptr);
}

Result<std::vector<std::string>> SqlTest::Rows(const dataset::NodePtr& plan) {
  ARROW_ASSIGN_OR_RAISE(auto stream, plan->Open(*run_));
  dataset::Worker worker(0);
  std::vector<std::string> rows;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto morsel, stream->Next());
    if (!morsel) return rows;
    ARROW_ASSIGN_OR_RAISE(auto batch, morsel(worker));
    EXPECT_TRUE(batch->ValidateFull().ok());
    for (int64_t i = 0; i < batch->num_rows(); ++i) rows.push_back(RowText(*batch, i));
  }
}

Result<std::vector<std::string>> SqlTest::Rows(const std::string& sql, std::vector<Param> params) {
  return Rows(Query(database_, {.sql = sql, .params = std::move(params)}));
}

std::string SqlTest::Columns(const std::string& sql) {
  auto schema = Query(database_, {.sql = sql})->schema(*run_);
  if (!schema.ok()) return schema.status().message();
  std::string text;
  for (const auto& field : (*schema)->fields()) {
    if (!text.empty()) text += ", ";
    text += field->name() + ": " + field->type()->ToString();
  }
  return text;
}

Status SqlTest::Failure(const std::string& sql, std::vector<Param> params) {
  return Rows(sql, std::move(params)).status();
}

std::string ErrorText(const Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return status.message() + (detail == nullptr ? "" : " / " + detail->hint);
}

std::string FillRows(int64_t n) {
  return fmt::format(
      "CREATE TABLE rows (id BIGINT, message TEXT, label TEXT);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
      "INSERT INTO rows SELECT i, i || ' {}', 'label ' || (i % 4) FROM n",
      n, std::string(252, 'x'));
}

}  // namespace tideway::sql
