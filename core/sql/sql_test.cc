#include "core/sql/sql.h"

#include <gmock/gmock.h>

#include <limits>

#include "core/sql/sql_internal.h"

namespace tideway::sql {
namespace {

using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Status OpenStatus(std::string_view uri, const OpenOptions& options = {}) {
  CancelToken cancel;
  return Open(uri, options, cancel).status();
}

// Options whose waits are written down and not waited.
OpenOptions Recording(std::vector<double>& waits) {
  OpenOptions options;
  options.wait = [&waits](nanoseconds wait, const CancelToken& cancel) {
    waits.push_back(std::chrono::duration<double>(wait).count());
    return cancel.Check();
  };
  return options;
}

Status Refused() {
  return Error(ErrorKind::kDatabase, "sql: connection refused: postgresql://u:hunter2@h/d")
      .Retryable();
}

TEST(SqlOpen, UnknownSchemeNamesTheKnown) {
  const Status status = OpenStatus("mysql://u:hunter2@h/d");
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("mysql"));
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("postgresql://"));
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("sqlite:"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(OpenStatus("sqlit:x.db").message(), HasSubstr("did you mean `sqlite`"));
}

TEST(SqlOpen, PathOrEmptyIsNoUri) {
  EXPECT_EQ(KindOf(OpenStatus("")), ErrorKind::kUsage);
  EXPECT_EQ(KindOf(OpenStatus("complaints.db")), ErrorKind::kUsage);
}

TEST(SqlOpen, RefusesOptionsOutOfRange) {
  EXPECT_THAT(OpenStatus("sqlite:x", {.pool_size = 1}).message(), HasSubstr("pool_size"));
  EXPECT_THAT(OpenStatus("sqlite:x", {.connect_timeout_s = 0}).message(),
              HasSubstr("connect_timeout_s"));
  EXPECT_THAT(OpenStatus("sqlite:x", {.statement_timeout_s = -1}).message(),
              HasSubstr("statement_timeout_s"));
  EXPECT_THAT(OpenStatus("sqlite:x", {.retry = {.tries = 0, .waits_s = {}}}).message(),
              HasSubstr("tries"));
}

TEST(SqlOpen, RefusesTimesThatNothingCanCount) {
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  EXPECT_THAT(OpenStatus("sqlite:x", {.connect_timeout_s = kEndless}).message(),
              HasSubstr("at most 2147483"));
  EXPECT_THAT(OpenStatus("sqlite:x", {.statement_timeout_s = kEndless}).message(),
              HasSubstr("to 2147483"));
  EXPECT_THAT(OpenStatus("sqlite:x", {.statement_timeout_s = 1e18}).message(),
              HasSubstr("statement_timeout_s"));
}

TEST(SqlRetry, ThreeTriesWithTwoAndFourSecondsBetween) {
  std::vector<double> waits;
  CancelToken cancel;
  int tries = 0;
  const Status status = ConnectWithRetry(Recording(waits), cancel, [&] {
    ++tries;
    return Refused();
  });
  EXPECT_EQ(tries, 3);
  EXPECT_THAT(waits, ElementsAre(2, 4));
  EXPECT_THAT(status.message(), HasSubstr("database connection failed after 3 tries"));
  EXPECT_THAT(status.message(), HasSubstr("connection refused"));
  EXPECT_THAT(status.message(), Not(HasSubstr("hunter2")));
  EXPECT_FALSE(GetErrorDetail(status)->cause.ok());
}

TEST(SqlRetry, EightSecondsBeforeAFourthTry) {
  std::vector<double> waits;
  OpenOptions options = Recording(waits);
  options.retry.tries = 4;
  CancelToken cancel;
  EXPECT_FALSE(ConnectWithRetry(options, cancel, Refused).ok());
  EXPECT_THAT(waits, ElementsAre(2, 4, 8));
}

TEST(SqlRetry, WrongPasswordIsNotTriedAgain) {
  std::vector<double> waits;
  CancelToken cancel;
  int tries = 0;
  const Status status = ConnectWithRetry(Recording(waits), cancel, [&]() -> Status {
    ++tries;
    return Error(ErrorKind::kAuth, "sql: wrong password");
  });
  EXPECT_EQ(KindOf(status), ErrorKind::kAuth);
  EXPECT_EQ(tries, 1);
}

TEST(SqlRetry, StopsAtTheFirstSuccess) {
  std::vector<double> waits;
  CancelToken cancel;
  int tries = 0;
  EXPECT_TRUE(ConnectWithRetry(Recording(waits), cancel, [&] {
                return ++tries == 2 ? Status::OK() : Refused();
              }).ok());
  EXPECT_THAT(waits, ElementsAre(2));
}

TEST(SqlRetry, CancelEndsTheWait) {
  OpenOptions options;
  CancelToken cancel;
  const Status status = ConnectWithRetry(options, cancel, [&] {
    cancel.Cancel();
    return Refused();
  });
  EXPECT_EQ(KindOf(status), ErrorKind::kInterrupted);
}

TEST(SqlText, TrimsWhatEndsAStatement) {
  EXPECT_EQ(TrimStatement("SELECT 1 ;\n; "), "SELECT 1");
  EXPECT_EQ(TrimStatement(" ;"), "");
}

TEST(SqlText, TellsWhatCanStandAsATable) {
  for (const char* sql : {"SELECT 1", "with x as (select 1) select * from x", "VALUES (1)",
                          "TABLE t", " (SELECT 1)", "-- rows\n/* all */ SELECT 1", "select(1)"}) {
    EXPECT_TRUE(IsSelect(sql)) << sql;
  }
  for (const char* sql : {"", "SHOW work_mem", "EXPLAIN SELECT 1", "PRAGMA user_version",
                          "-- SELECT", "/* SELECT", "/*/ SELECT 1", "SELECTED"}) {
    EXPECT_FALSE(IsSelect(sql)) << sql;
  }
}

TEST(SqlText, ShortensBetweenCharacters) {
  EXPECT_EQ(ShortenSql("SELECT 'नमस्ते'", 13), "SELECT '...");
  EXPECT_EQ(ShortenSql("SELECT 1", 8), "SELECT 1");
}

TEST(SqlText, ParametersOfDifferentKindsDiffer) {
  EXPECT_NE(ParamsText({int64_t{1}}), ParamsText({1.0}));
  EXPECT_NE(ParamsText({std::string("1")}), ParamsText({int64_t{1}}));
  EXPECT_NE(ParamsText({std::string("a"), std::string("b")}), ParamsText({std::string("a,1:b")}));
  EXPECT_NE(ParamsText({std::monostate{}}), ParamsText({std::string("null")}));
}

}  // namespace
}  // namespace tideway::sql
