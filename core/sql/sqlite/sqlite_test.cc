#include "core/sql/sqlite/sqlite.h"

#include <arrow/api.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/base/file.h"
#include "core/sql/backend_test.h"

namespace tideway::sql::sqlite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sqlite : public testing::Test, public SqlTest {
 protected:
  Sqlite() : SqlTest(MakeSqliteBackend()), path_(backend().uri().substr(7)) {
    folder_ = std::filesystem::path(path_).parent_path().string();
  }

  Status OpenStatus(const std::string& uri) { return sql::Open(uri, {}, run().cancel()).status(); }
  // The rows of column `v` of a table where it is declared so.
  std::vector<std::string> Values(const std::string& declaration, const std::string& values) {
    Declare(declaration, values);
    auto rows = Rows(Query(Connect(), {.sql = "SELECT v FROM t"}));
    EXPECT_TRUE(rows.ok()) << rows.status().ToString();
    return rows.ValueOr({});
  }
  std::string ValuesError(const std::string& declaration, const std::string& values) {
    Declare(declaration, values);
    return ErrorText(Rows(Query(Connect(), {.sql = "SELECT v FROM t"})).status());
  }
  std::string TypeOf(const std::string& declaration) {
    Declare(declaration, "(NULL)");
    auto schema = Query(Connect(), {.sql = "SELECT v FROM t"})->schema(run());
    return (*schema)->field(0)->type()->ToString();
  }

  const std::string path_;
  std::string folder_;

 private:
  void Declare(const std::string& declaration, const std::string& values) {
    backend().Write("DROP TABLE IF EXISTS t; CREATE TABLE t (v " + declaration +
                    "); INSERT INTO t VALUES " + values);
  }
};

TEST_F(Sqlite, MissingFileIsNotFoundAndNotMade) {
  const Status status = OpenStatus("sqlite:" + folder_ + "/none.db");
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("none.db"));
  EXPECT_FALSE(FileExists(folder_ + "/none.db"));
}

TEST_F(Sqlite, WhatIsNoDatabaseIsToldSo) {
  ASSERT_TRUE(WriteFileAtomic(folder_ + "/text.db", std::string(4096, 'x')).ok());
  EXPECT_EQ(KindOf(OpenStatus("sqlite:" + folder_ + "/text.db")), ErrorKind::kData);
  EXPECT_EQ(KindOf(OpenStatus("sqlite:" + folder_)), ErrorKind::kIo);
}

TEST_F(Sqlite, TakesPathsInEveryForm) {
  EXPECT_TRUE(OpenStatus("sqlite:" + path_).ok());
  EXPECT_TRUE(OpenStatus("sqlite://" + path_).ok());
  const auto relative = std::filesystem::relative(path_).string();
  EXPECT_TRUE(OpenStatus("sqlite:" + relative).ok());
  EXPECT_EQ(KindOf(OpenStatus("sqlite:")), ErrorKind::kUsage);
  EXPECT_EQ(KindOf(OpenStatus("sqlite://host/x.db")), ErrorKind::kUsage);
  EXPECT_EQ(KindOf(OpenStatus("sqlite::memory:")), ErrorKind::kNotFound);
}

TEST_F(Sqlite, DeclaredTypesDecide) {
  EXPECT_EQ(TypeOf("INTEGER"), "int64");
  EXPECT_EQ(TypeOf("varchar(20)"), "string");
  EXPECT_EQ(TypeOf("DOUBLE PRECISION"), "double");
  EXPECT_EQ(TypeOf("Decimal (10, 2)"), "double");
  EXPECT_EQ(TypeOf("BLOB"), "binary");
  EXPECT_EQ(TypeOf("BOOLEAN"), "bool");
  EXPECT_EQ(TypeOf("DATE"), "date32[day]");
  EXPECT_EQ(TypeOf("DATETIME"), "timestamp[us]");
  EXPECT_EQ(TypeOf("POINT"), "string") << "says nothing, and there is no value";
}

TEST_F(Sqlite, ReadsTimesFromTextAndUnixSeconds) {
  EXPECT_THAT(Values("DATE", "('2024-02-29'), (86400), (-86400), (NULL)"),
              ElementsAre("2024-02-29", "1970-01-02", "1969-12-31", "null"));
  EXPECT_THAT(Values("TIMESTAMP",
                     "('2024-02-29 12:34:56.789012'), ('2024-02-29T12:00:00Z'),"
                     "('2024-02-29 12:00:00+05:45'), ('2024-02-29'), (1)"),
              ElementsAre("2024-02-29 12:34:56.789012", "2024-02-29 12:00:00.000000",
                          "2024-02-29 06:15:00.000000", "2024-02-29 00:00:00.000000",
                          "1970-01-01 00:00:01.000000"));
}

TEST_F(Sqlite, RefusesTimesThatAreNone) {
  EXPECT_THAT(ValuesError("DATE", "('yesterday')"), HasSubstr("no ISO date or time: yesterday"));
  EXPECT_THAT(ValuesError("DATE", "('2023-02-29')"), HasSubstr("no ISO date"));
  EXPECT_THAT(ValuesError("DATE", "(1)"), HasSubstr("no whole day"));
  EXPECT_THAT(ValuesError("DATE", "(2460000.5)"), HasSubstr("holds a real"));
  EXPECT_THAT(ValuesError("TIMESTAMP", "(9223372036854775807)"), HasSubstr("out of range"));
}

TEST_F(Sqlite, BooleansAreZeroAndOne) {
  EXPECT_THAT(Values("BOOLEAN", "(0), (1), (NULL)"), ElementsAre("false", "true", "null"));
  EXPECT_THAT(ValuesError("BOOLEAN", "(2)"), HasSubstr("neither 0 nor 1: 2"));
}

TEST_F(Sqlite, ValueOfAnotherKindNamesColumnRowAndBoth) {
  const std::string text = ValuesError("INTEGER", "(1), (2), ('three')");
  EXPECT_THAT(text, HasSubstr("column `v` is int64, but row 3 holds text"));
  EXPECT_THAT(text, HasSubstr("CAST"));
  EXPECT_THAT(ValuesError("TEXT", "('a'), (x'00')"),
              HasSubstr("is string, but row 2 holds a blob"));
}

TEST_F(Sqlite, FloatColumnsTakeExactIntegers) {
  EXPECT_THAT(Values("NUMERIC", "(1), (0.5)"), ElementsAre("1", "0.5"));
  EXPECT_THAT(ValuesError("NUMERIC", "(9007199254740993)"), HasSubstr("float64 cannot"));
}

TEST_F(Sqlite, ExpressionsHaveTheKindOfTheirFirstValue) {
  EXPECT_EQ(Columns("SELECT count(*) AS n, 0.5 AS x, 'a' || 'b' AS s, x'00' AS b"),
            "n: int64, x: double, s: string, b: binary");
  EXPECT_THAT(ErrorText(Failure("SELECT column1 AS v FROM (VALUES (NULL), (0.5), (1))")),
              HasSubstr("`v` is double (as its first value), but row 3 holds an integer"));
}

TEST_F(Sqlite, TypesOptionWinsOverDeclarationAndValue) {
  backend().Write("CREATE TABLE u (v, w TEXT); INSERT INTO u VALUES (1, '2024-01-31')");
  auto plan = Query(database(),
                    {.sql = "SELECT v, w FROM u", .types = {{"v", "float64"}, {"w", "date32"}}});
  EXPECT_THAT(*Rows(plan), ElementsAre("1|2024-01-31"));
  EXPECT_EQ((*plan->schema(run()))->ToString(), "v: double\nw: date32[day]");
  auto odd = Query(database(), {.sql = "SELECT v FROM u", .types = {{"v", "uint8"}}});
  EXPECT_THAT(ErrorText(odd->schema(run()).status()), HasSubstr("cannot be read as uint8"));
}

TEST_F(Sqlite, TextThatIsNotUtf8IsAnError) {
  EXPECT_THAT(ValuesError("TEXT", "(CAST(x'ff' AS TEXT))"),
              HasSubstr("row 1 holds text that is not UTF-8"));
  EXPECT_THAT(Values("TEXT", "('a' || char(0) || 'b')"), ElementsAre(std::string("a\0b", 3)));
}

TEST_F(Sqlite, NamedParametersAreRefused) {
  EXPECT_THAT(ErrorText(Failure("SELECT :name AS x", {int64_t{1}})), HasSubstr("$1, $2"));
  EXPECT_THAT(ErrorText(Failure("SELECT $name AS x", {int64_t{1}})), HasSubstr("not names"));
  EXPECT_THAT(*Rows("SELECT ? AS a, ?2 AS b", {int64_t{1}, int64_t{2}}), ElementsAre("1|2"));
}

TEST_F(Sqlite, LockOfAnotherConnectionIsWaitedForAndThenAConflict) {
  backend().Write("PRAGMA journal_mode = DELETE; CREATE TABLE t (id INTEGER); BEGIN EXCLUSIVE");
  std::chrono::nanoseconds waited{0}, first{0};
  OpenOptions options;
  options.read_only = false;
  options.connect_timeout_s = 0.05;
  options.wait = [&](std::chrono::nanoseconds time, const CancelToken&) {
    if (waited.count() == 0) first = time;
    waited += time;
    return Status::OK();
  };
  const Status status = sql::Open(backend().uri(), options, run().cancel()).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict) << status.ToString();
  EXPECT_LT(first, std::chrono::milliseconds(1));
  EXPECT_EQ(waited, std::chrono::milliseconds(50));
  EXPECT_TRUE(IsRetryable(status));
}

TEST_F(Sqlite, SnapshotHoldsInRollbackJournalMode) {
  backend().Write(
      "PRAGMA journal_mode = DELETE; CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)");
  auto writable = Connect({.read_only = false});
  EXPECT_THAT(*Rows(Query(writable, {.sql = "SELECT id FROM t"})), ElementsAre("1"));
  EXPECT_EQ(*writable->Execute("INSERT INTO t VALUES (2)", {}, run().cancel()), 1);
  EXPECT_THAT(*Rows(Query(writable, {.sql = "SELECT id FROM t"})), ElementsAre("1", "2"));
}

TEST_F(Sqlite, StatementTimeoutSaysSo) {
  auto database = Connect({.statement_timeout_s = 1e-9});
  dataset::RunContext run({});
  auto schema = Query(database, {.sql = std::string(kEndless) + " WHERE i < 0"})->schema(run);
  EXPECT_EQ(KindOf(schema.status()), ErrorKind::kTimeout) << schema.status().ToString();
}

TEST_F(Sqlite, CreatedDatabaseAppearsWhenClosed) {
  const std::string path = folder_ + "/deep/new.db";
  auto made = sql::Create("sqlite:" + path, {}, run().cancel());
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ((*made)->uri(), "sqlite:" + path);
  ASSERT_TRUE((*made)->Execute("CREATE TABLE t (id INTEGER)", {}, run().cancel()).ok());
  ASSERT_TRUE((*made)->Execute("INSERT INTO t VALUES (7)", {}, run().cancel()).ok());
  EXPECT_THAT(*Rows(Query(*made, {.sql = "SELECT id FROM t"})), ElementsAre("7"));
  EXPECT_FALSE(FileExists(path));
  ASSERT_TRUE((*made)->Close().ok());
  auto opened = sql::Open("sqlite:" + path, {}, run().cancel());
  EXPECT_THAT(*Rows(Query(*opened, {.sql = "SELECT id FROM t"})), ElementsAre("7"));
}

TEST_F(Sqlite, CreatedDatabaseThatIsDroppedLeavesNothing) {
  const std::string folder = folder_ + "/empty";
  {
    ASSERT_TRUE(sql::Create("sqlite:" + folder + "/new.db", {}, run().cancel()).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(Sqlite, IdentityTellsWritesThatLeaveSizeAndTimeAlone) {
  const auto write_unseen = [&](const std::string& statements) {
    std::map<std::string, std::filesystem::file_time_type> times;
    for (const std::string& path : {path_, path_ + "-wal"}) {
      if (FileExists(path)) times[path] = std::filesystem::last_write_time(path);
    }
    backend().Write(statements);
    for (const auto& [path, time] : times) {
      if (FileExists(path)) std::filesystem::last_write_time(path, time);
    }
  };
  const auto identity = [&] { return *Connect()->SnapshotIdentity(run()); };
  backend().Write("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)");
  backend().Write("PRAGMA wal_checkpoint(RESTART); UPDATE t SET id = 2");
  const std::string log = identity();
  EXPECT_EQ(identity(), log);
  write_unseen("PRAGMA wal_checkpoint(RESTART); UPDATE t SET id = 3");
  EXPECT_NE(identity(), log) << "the log began anew";
  backend().Write("PRAGMA journal_mode = DELETE; UPDATE t SET id = 4");
  const std::string journal = identity();
  write_unseen("UPDATE t SET id = 5");
  EXPECT_NE(identity(), journal) << "the change counter";
}

TEST_F(Sqlite, CreatedDatabaseInWalModeIsPublishedWhole) {
  const std::string path = folder_ + "/wal.db";
  auto made = *sql::Create("sqlite:" + path, {}, run().cancel());
  ASSERT_TRUE(made->Execute("CREATE TABLE t (id INTEGER)", {}, run().cancel()).ok());
  ASSERT_TRUE(made->Execute("INSERT INTO t VALUES (7)", {}, run().cancel()).ok());
  ASSERT_TRUE(made->Execute("PRAGMA journal_mode = WAL", {}, run().cancel()).ok());
  auto reader = *made->Read({.sql = "SELECT id FROM t"}, run());
  const Status early = made->Close();
  EXPECT_EQ(KindOf(early), ErrorKind::kConflict) << early.ToString();
  EXPECT_THAT(early.message(), HasSubstr(path));
  EXPECT_FALSE(FileExists(path));
  reader.reset();
  ASSERT_TRUE(made->Close().ok());
  auto opened = *sql::Open("sqlite:" + path, {}, run().cancel());
  EXPECT_THAT(*Rows(Query(opened, {.sql = "SELECT id FROM t"})), ElementsAre("7"));
}

TEST_F(Sqlite, CreatedDatabaseInWalModeThatIsDroppedLeavesNothing) {
  const std::string folder = folder_ + "/dropped";
  auto made = *sql::Create("sqlite:" + folder + "/new.db", {}, run().cancel());
  ASSERT_TRUE(made->Execute("PRAGMA journal_mode = WAL", {}, run().cancel()).ok());
  ASSERT_TRUE(made->Begin(run().cancel()).ok());
  ASSERT_TRUE(made->Execute("CREATE TABLE t (id INTEGER)", {}, run().cancel()).ok());
  made.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(Sqlite, CreateRemovesWhatAKilledRunLeft) {
  const std::string path = folder_ + "/killed.db";
  const pid_t child = fork();
  if (child == 0) {
    auto file = AtomicFile::Create(path);
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const auto temporaries = [&] {
    return std::ranges::count_if(
        std::filesystem::directory_iterator(folder_),
        [](const auto& file) { return file.path().extension() == ".tideway-tmp"; });
  };
  EXPECT_EQ(temporaries(), 1);
  auto made = sql::Create("sqlite:" + path, {}, run().cancel());
  ASSERT_TRUE((*made)->Close().ok());
  EXPECT_EQ(temporaries(), 0);
}

TEST_F(Sqlite, CreateRefusesAFileThatExists) {
  EXPECT_EQ(KindOf(sql::Create(backend().uri(), {}, run().cancel()).status()),
            ErrorKind::kConflict);
  const std::string path = folder_ + "/race.db";
  auto made = sql::Create("sqlite:" + path, {}, run().cancel());
  ASSERT_TRUE(WriteFileAtomic(path, "somebody else's").ok());
  EXPECT_EQ(KindOf((*made)->Close()), ErrorKind::kConflict);
  EXPECT_EQ(*ReadFile(path), "somebody else's");
  EXPECT_EQ(KindOf(sql::Create("postgresql://h/d", {}, run().cancel()).status()),
            ErrorKind::kUsage);
}

}  // namespace
}  // namespace tideway::sql::sqlite
