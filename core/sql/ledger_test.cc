// What a Ledger promises, over each member.
#include "core/sql/ledger.h"

#include <fmt/format.h>

#include <barrier>
#include <filesystem>
#include <thread>

#include "core/base/file.h"
#include "core/sql/backend_test.h"

namespace tideway::sql {
namespace {

using testing::HasSubstr;

constexpr const char* kAdd = "INSERT INTO t (n, s) VALUES ($1, $2)";

class LedgerContract : public testing::TestWithParam<BackendFactory> {
 protected:
  LedgerContract() : backend_(GetParam().make()) {
    backend_->Write("CREATE TABLE t (n BIGINT PRIMARY KEY, s TEXT)");
    ledger_ = Open();
  }

  std::unique_ptr<Ledger> Open(LedgerOptions options = {}) {
    auto ledger = OpenLedger(backend_->uri(), options, cancel_);
    EXPECT_TRUE(ledger.ok()) << ledger.status().ToString();
    return *std::move(ledger);
  }
  Status Add(int64_t n, const std::string& text) {
    return ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
      RETURN_NOT_OK(ledger_->Run(kAdd, {n, text}).status());
      return true;
    });
  }
  LedgerRows Rows(const std::string& sql = "SELECT n, s FROM t ORDER BY n") {
    LedgerRows rows;
    const Status status = ledger_->Transact(Sync::kReads, [&]() -> Result<bool> {
      ARROW_ASSIGN_OR_RAISE(rows, ledger_->Run(sql, {}));
      return true;
    });
    EXPECT_TRUE(status.ok()) << status.ToString();
    return rows;
  }

  std::unique_ptr<Backend> backend_;
  CancelToken cancel_;
  std::unique_ptr<Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(Sql, LedgerContract, testing::ValuesIn(Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(LedgerContract, RowsComeBackWithTheirKinds) {
  ASSERT_TRUE(Add(9007199254740993, "नमस्ते").ok());
  EXPECT_EQ(Rows(), LedgerRows({{int64_t{9007199254740993}, std::string("नमस्ते")}}));
  EXPECT_EQ(Rows("SELECT CAST(NULL AS TEXT), CAST(0.5 AS DOUBLE PRECISION)"),
            LedgerRows({{Param(), 0.5}}));
}

TEST_P(LedgerContract, WhatReturnsFalseIsUndone) {
  const Status status = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(ledger_->Run(kAdd, {int64_t{1}, std::string("x")}).status());
    return false;
  });
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(Rows().empty());
}

TEST_P(LedgerContract, AFailedStatementUndoesAllAndTheNextTransactionWorks) {
  ASSERT_TRUE(Add(1, "first").ok());
  const Status status = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(ledger_->Run(kAdd, {int64_t{2}, std::string("second")}).status());
    RETURN_NOT_OK(ledger_->Run(kAdd, {int64_t{1}, std::string("again")}).status());
    return true;
  });
  EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
  EXPECT_EQ(Rows().size(), 1);
  EXPECT_TRUE(Add(3, "third").ok());
}

TEST_P(LedgerContract, ABatchGivesTheRowsOfEachInItsOrder) {
  std::vector<std::vector<Param>> params;
  for (int64_t n = 0; n < 500; ++n) params.push_back({n, fmt::format("text {}", n)});
  std::vector<LedgerRows> all;
  const Status status = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(
        all, ledger_->RunEach("INSERT INTO t (n, s) VALUES ($1, $2) RETURNING n", params));
    return true;
  });
  ASSERT_TRUE(status.ok()) << status.ToString();
  ASSERT_EQ(all.size(), 500);
  EXPECT_EQ(all[499], LedgerRows({{int64_t{499}}}));
  EXPECT_EQ(Rows().size(), 500);
}

TEST_P(LedgerContract, AFailureWithinABatchUndoesAllOfIt) {
  const Status status = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(
        ledger_->RunEach(kAdd, {{int64_t{1}, {}}, {int64_t{1}, {}}, {int64_t{2}, {}}}).status());
    return true;
  });
  EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
  EXPECT_TRUE(Rows().empty());
  EXPECT_TRUE(Add(1, "x").ok());
}

TEST_P(LedgerContract, WhatPassesIsTriedAgainFromTheStart) {
  int tries = 0;
  const Status status = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(ledger_->Run(kAdd, {int64_t{1}, std::string("x")}).status());
    if (++tries < 3) return Error(ErrorKind::kConflict, "locked").Retryable();
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(Rows().size(), 1);
}

TEST(SqliteLedgerTest, AFileThatManyMakeAtTheSameMomentIsOpenToAll) {
  char folder[] = "/tmp/tideway-ledger-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  for (int round = 0; round < 50; ++round) {
    std::barrier start(4);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const CancelToken never;
        start.arrive_and_wait();
        const auto ledger = OpenLedger(fmt::format("sqlite:{}/{}.db", folder, round), {}, never);
        EXPECT_TRUE(ledger.ok()) << ledger.status().ToString();
      });
    }
  }
  std::filesystem::remove_all(folder);
}

TEST_P(LedgerContract, ReadOnlyWritesNothing) {
  auto reader = Open({.read_only = true});
  const Status status = reader->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(reader->Run(kAdd, {int64_t{1}, std::string("x")}).status());
    return true;
  });
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(Rows().empty());
}

TEST_P(LedgerContract, ALockOfOthersIsWaitedForOnlySoLong) {
  ASSERT_TRUE(Add(1, "x").ok());
  auto other = Open({.timeout_s = 0.2, .tries = 1});
  const auto raise = [](Ledger& ledger) {
    return ledger.Run("UPDATE t SET s = 'y' WHERE n = 1", {}).status();
  };
  const Status held = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(raise(*ledger_));
    const Status status = other->Transact(Sync::kNow, [&]() -> Result<bool> {
      RETURN_NOT_OK(raise(*other));
      return true;
    });
    EXPECT_TRUE(KindOf(status) == ErrorKind::kConflict || KindOf(status) == ErrorKind::kTimeout)
        << status.ToString();
    return true;
  });
  EXPECT_TRUE(held.ok()) << held.ToString();
}

TEST_P(LedgerContract, WhoOnlyReadsWaitsForNoWriter) {
  auto other = Open({.timeout_s = 0.2, .tries = 1});
  const Status held = ledger_->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(ledger_->Run(kAdd, {int64_t{1}, std::string("x")}).status());
    return other
        ->Transact(Sync::kReads,
                   [&]() -> Result<bool> {
                     ARROW_ASSIGN_OR_RAISE(const LedgerRows rows,
                                           other->Run("SELECT n FROM t", {}));
                     EXPECT_TRUE(rows.empty());
                     return true;
                   })
        .ok();
  });
  EXPECT_TRUE(held.ok()) << held.ToString();
  EXPECT_EQ(Rows().size(), 1);
}

TEST_P(LedgerContract, ACancelledOneDoesNothing) {
  cancel_.Cancel();
  EXPECT_EQ(KindOf(Add(1, "x")), ErrorKind::kInterrupted);
}

void BreakConnections(Backend& backend) {
  backend.Write(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

TEST(PostgresLedgerTest, AConnectionThatBreaksWithinATransactionIsMadeAnew) {
  const auto backend = MakePostgresBackend();
  CancelToken cancel;
  auto ledger = *OpenLedger(backend->uri(), {}, cancel);
  int tries = 0;
  const Status status = ledger->Transact(Sync::kNow, [&]() -> Result<bool> {
    if (++tries == 1) BreakConnections(*backend);
    RETURN_NOT_OK(ledger->Run("SELECT 1", {}).status());
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(tries, 2);
}

TEST(PostgresLedgerTest, AConnectionThatBreaksBetweenTransactionsIsMadeAnew) {
  const auto backend = MakePostgresBackend();
  CancelToken cancel;
  auto ledger = *OpenLedger(backend->uri(), {}, cancel);
  BreakConnections(*backend);
  const Status status = ledger->Transact(Sync::kNow, [&]() -> Result<bool> {
    RETURN_NOT_OK(ledger->Run("SELECT 1", {}).status());
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
}

TEST(SqliteLedgerTest, AFileIsMadeWithItsFoldersButNotToBeRead) {
  const auto backend = MakeSqliteBackend();
  const std::string uri = backend->uri() + ".d/deep/state.db";
  CancelToken cancel;
  const auto missing = OpenLedger(uri, {.read_only = true}, cancel);
  EXPECT_EQ(KindOf(missing.status()), ErrorKind::kNotFound);
  EXPECT_FALSE(FileExists(uri.substr(uri.find(':') + 1)));
  EXPECT_TRUE(OpenLedger(uri, {}, cancel).ok());
  EXPECT_TRUE(FileExists(uri.substr(uri.find(':') + 1)));
}

TEST(LedgerTest, UnknownSchemesAreRefusedWithoutShowingTheRest) {
  CancelToken cancel;
  const Status status = OpenLedger("mysql://user:hunter2@db/x", {}, cancel).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("mysql"));
  EXPECT_THAT(ErrorText(status), testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace tideway::sql
