#include "core/sql/sqlite/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/bind.h"
#include "core/sql/sqlite/connection.h"
#include "core/sql/sqlite/sqlite.h"

namespace tideway::sql::sqlite {
namespace {

// Numbers of file systems that <linux/magic.h> does not name: Lustre, BeeGFS, GPFS.
constexpr std::array<uint32_t, 6> kNetworkFileSystems = {
    NFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, CIFS_SUPER_MAGIC, 0x0BD00BD0, 0x19830326, 0x47504653};

void WarnOfNetwork(const std::string& path) {
  struct statfs system{};
  if (statfs(path.c_str(), &system) != 0) return;
  const auto type = static_cast<uint32_t>(system.f_type);
  if (std::ranges::find(kNetworkFileSystems, type) == kNetworkFileSystems.end()) return;
  LogWarn(
      "sql: {} is on a network file system, where SQLite's locks may not hold: keep it on a local "
      "disk, or use a postgresql:// database",
      path);
}

// An empty file is an empty database.
Status MakeFile(const std::string& path) {
  if (FileExists(path)) return Status::OK();
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) RETURN_NOT_OK(MakeFolders(folder.string()));
  const int fd = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (fd < 0) return ErrnoError(errno, "sql: cannot make the database", path);
  close(fd);
  return SyncFolder(folder.empty() ? "." : folder.string());
}

Param ValueOf(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    default: {
      const void* bytes = sqlite3_column_blob(statement, column);
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return std::string(static_cast<const char*>(bytes), size);
    }
  }
}

class SqliteLedger : public Ledger {
 public:
  SqliteLedger(std::string path, const LedgerOptions& options, const CancelToken& cancel)
      : Ledger(options, cancel), path_(std::move(path)), uri_("sqlite:" + path_), watch_(cancel) {}

  Status Open() {
    if (!options_.read_only) RETURN_NOT_OK(MakeFile(path_));
    OpenOptions open;
    open.connect_timeout_s = options_.timeout_s;
    ARROW_ASSIGN_OR_RAISE(connection_, Connection::Open(path_, options_.read_only, open));
    WarnOfNetwork(path_);
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
    return options_.read_only ? Status::OK()
                              : connection_->RunWhenFree("PRAGMA journal_mode = WAL");
  }

  bool shared() const override { return false; }
  const std::string& uri() const override { return uri_; }

  Result<LedgerRows> Run(const std::string& sql, const std::vector<Param>& params) override {
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
    ARROW_ASSIGN_OR_RAISE(sqlite3_stmt * statement, Prepared(sql));
    RETURN_NOT_OK(BindParams(statement, params));
    const auto rows = Rows(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rows;
  }

  Result<std::vector<LedgerRows>> RunEach(const std::string& sql,
                                          const std::vector<std::vector<Param>>& params) override {
    std::vector<LedgerRows> all;
    for (const auto& one : params) {
      ARROW_ASSIGN_OR_RAISE(all.emplace_back(), Run(sql, one));
    }
    return all;
  }

 protected:
  Status Begin(Sync sync) override {
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
    if (options_.read_only || sync == Sync::kReads) return connection_->Run("BEGIN");
    RETURN_NOT_OK(connection_->Run(sync == Sync::kNow ? "PRAGMA synchronous = FULL"
                                                      : "PRAGMA synchronous = NORMAL"));
    return connection_->Run("BEGIN IMMEDIATE");
  }
  Status Commit() override {
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
    return connection_->Run("COMMIT");
  }
  void Rollback() override {
    const auto turn = connection_->TakeForCleanup();
    connection_->Run("ROLLBACK").ok();  // SQLite may have done so by itself
  }

 private:
  Result<sqlite3_stmt*> Prepared(const std::string& sql) {
    Statement& statement = statements_[sql];
    if (!statement) {
      ARROW_ASSIGN_OR_RAISE(statement, connection_->PrepareUnbound(sql));
    }
    return statement.get();
  }

  Result<LedgerRows> Rows(sqlite3_stmt* statement) {
    LedgerRows rows;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool more, connection_->Step(statement));
      if (!more) return rows;
      LedgerRow& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        row.push_back(ValueOf(statement, i));
      }
    }
  }

  const std::string path_;
  const std::string uri_;
  Watch watch_;
  std::shared_ptr<Connection> connection_;
  std::unordered_map<std::string, Statement> statements_;  // of connection_
};

}  // namespace

Result<std::unique_ptr<Ledger>> OpenLedger(std::string_view uri, const LedgerOptions& options,
                                           const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(std::string path, PathOf(uri));
  auto ledger = std::make_unique<SqliteLedger>(std::move(path), options, cancel);
  RETURN_NOT_OK(ledger->Open());
  return ledger;
}

}  // namespace tideway::sql::sqlite
