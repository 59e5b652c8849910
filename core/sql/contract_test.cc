// What every member of sql/ promises, run over each.
#include <arrow/api.h>
#include <fmt/format.h>

#include "core/sql/backend_test.h"

namespace tideway::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SqlContract : public testing::TestWithParam<BackendFactory>, public SqlTest {
 protected:
  SqlContract() : SqlTest(GetParam().make()) {}

  std::vector<std::string> MustRows(const std::string& sql, std::vector<Param> params = {}) {
    auto rows = Rows(sql, std::move(params));
    EXPECT_TRUE(rows.ok()) << rows.status().ToString();
    return rows.ValueOr({});
  }
  void ExpectFailure(const Status& status, ErrorKind kind, const std::string& text) {
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(ErrorKindName(KindOf(status)), ErrorKindName(kind)) << status.ToString();
    EXPECT_THAT(ErrorText(status), HasSubstr(text));
  }
};

INSTANTIATE_TEST_SUITE_P(Sql, SqlContract, testing::ValuesIn(Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(SqlContract, ReadsRowsInTheQuerysOrder) {
  backend().Write(
      "CREATE TABLE t (id BIGINT, message TEXT);"
      "INSERT INTO t VALUES (2, 'two'), (1, 'one'), (3, NULL)");
  EXPECT_THAT(MustRows("SELECT id, message FROM t ORDER BY id"),
              ElementsAre("1|one", "2|two", "3|null"));
}

TEST_P(SqlContract, DescribesColumnsWithoutRunningTheQuery) {
  backend().Write("CREATE TABLE t (id BIGINT, message TEXT, score DOUBLE PRECISION)");
  EXPECT_EQ(Columns("SELECT score, message, id AS key FROM t"),
            "score: double, message: string, key: int64");
}

TEST_P(SqlContract, EmptyResultHasColumnsAndNoRows) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  EXPECT_THAT(MustRows("SELECT id FROM t"), IsEmpty());
  EXPECT_EQ(Columns("SELECT id FROM t"), "id: int64");
  EXPECT_EQ(**Query(database(), {.sql = "SELECT id FROM t"})->KnownRows(run()), 0);
}

TEST_P(SqlContract, NullOnlyColumnIsText) {
  EXPECT_EQ(Columns("SELECT NULL AS x"), "x: string");
  EXPECT_THAT(MustRows("SELECT NULL AS x"), ElementsAre("null"));
}

TEST_P(SqlContract, KeepsIntegersAtTheirLimits) {
  backend().Write(
      "CREATE TABLE t (n BIGINT);"
      "INSERT INTO t VALUES (-9223372036854775808), (9223372036854775807)");
  EXPECT_THAT(MustRows("SELECT n FROM t ORDER BY n"),
              ElementsAre("-9223372036854775808", "9223372036854775807"));
}

TEST_P(SqlContract, KeepsFloatsToTheLastBit) {
  backend().Write("CREATE TABLE t (x DOUBLE PRECISION)");
  auto writable = Connect({.read_only = false});
  for (double x : {0.1, 1.7976931348623157e308, 5e-324, -0.0}) {
    ASSERT_TRUE(writable->Execute("INSERT INTO t VALUES ($1)", {x}, run().cancel()).ok());
  }
  auto reader = writable->Read({.sql = "SELECT x FROM t"}, run());
  auto batch = (*reader)->Read();
  const auto& xs = static_cast<const arrow::DoubleArray&>(*(*batch)->column(0));
  EXPECT_EQ(xs.Value(0), 0.1);
  EXPECT_EQ(xs.Value(1), 1.7976931348623157e308);
  EXPECT_EQ(xs.Value(2), 5e-324);
  EXPECT_EQ(xs.Value(3), 0.0);
}

TEST_P(SqlContract, KeepsTextOfAnyLanguageAndTheEmptyOne) {
  backend().Write(
      "CREATE TABLE t (id BIGINT, s TEXT);"
      "INSERT INTO t VALUES (1, ''), (2, 'नमस्ते 🙏'), (3, 'a''b\nc')");
  EXPECT_THAT(MustRows("SELECT s FROM t ORDER BY id"), ElementsAre("", "नमस्ते 🙏", "a'b\nc"));
}

TEST_P(SqlContract, ParametersAreNumberedAndMayRepeat) {
  const auto rows =
      MustRows("SELECT CAST($2 AS TEXT) AS b, CAST($1 AS TEXT) AS a, CAST($2 AS TEXT) AS c",
               {std::string("first"), std::string("second")});
  EXPECT_THAT(rows, ElementsAre("second|first|second"));
}

TEST_P(SqlContract, ParametersAreNeverPartOfTheStatement) {
  backend().Write("CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('it''s; DROP TABLE t; --')");
  EXPECT_THAT(MustRows("SELECT s FROM t WHERE s = $1", {std::string("it's; DROP TABLE t; --")}),
              ElementsAre("it's; DROP TABLE t; --"));
}

TEST_P(SqlContract, ParametersOfEveryKindArrive) {
  backend().Write("CREATE TABLE t (i BIGINT, x DOUBLE PRECISION, s TEXT, b BOOLEAN)");
  auto writable = Connect({.read_only = false});
  auto changed =
      writable->Execute("INSERT INTO t VALUES ($1, $2, $3, $4), (NULL, NULL, $5, NULL)",
                        {int64_t{1} << 53, 0.5, std::string("x"), true, {}}, run().cancel());
  ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  EXPECT_EQ(*changed, 2);
  EXPECT_THAT(*Rows(Query(writable, {.sql = "SELECT i, x, s, b FROM t"})),
              ElementsAre("9007199254740992|0.5|x|true", "null|null|null|null"));
}

TEST_P(SqlContract, WrongNumberOfParametersIsAnError) {
  ExpectFailure(Failure("SELECT CAST($1 AS TEXT) AS a, CAST($2 AS TEXT) AS b", {int64_t{1}}),
                ErrorKind::kUsage, "takes 2 parameters: 1 given");
  ExpectFailure(Failure("SELECT 1 AS one", {int64_t{1}}), ErrorKind::kUsage,
                "takes 0 parameters: 1 given");
}

TEST_P(SqlContract, MissingTableIsNotFound) {
  ExpectFailure(Failure("SELECT * FROM complaints"), ErrorKind::kNotFound, "complaints");
}

TEST_P(SqlContract, MissingColumnIsNotFound) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ExpectFailure(Failure("SELECT massage FROM t"), ErrorKind::kNotFound, "massage");
}

TEST_P(SqlContract, SyntaxErrorSaysWhere) {
  ExpectFailure(Failure("SELECT 1 AS a,\n  2 AS b FORM t"), ErrorKind::kUsage, "line 2, column");
}

TEST_P(SqlContract, StatementWithoutColumnsIsNotAQuery) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ExpectFailure(Failure("DELETE FROM t"), ErrorKind::kUsage, "not a query");
}

TEST_P(SqlContract, QueryCannotWrite) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ExpectFailure(Failure("INSERT INTO t VALUES (1) RETURNING id"), ErrorKind::kUsage, "execute");
  EXPECT_THAT(MustRows("SELECT id FROM t"), IsEmpty());
}

TEST_P(SqlContract, TwoStatementsAtOnceAreAnError) {
  ExpectFailure(Failure("SELECT 1 AS a; SELECT 2 AS b"), ErrorKind::kUsage, "");
}

TEST_P(SqlContract, EqualColumnNamesAreAnError) {
  ExpectFailure(Failure("SELECT 1 AS id, 2 AS id"), ErrorKind::kUsage, "`id`");
}

TEST_P(SqlContract, TypeOfUnknownColumnIsAnError) {
  auto plan = Query(database(), {.sql = "SELECT 1 AS id", .types = {{"idd", "int64"}}});
  ExpectFailure(plan->schema(run()).status(), ErrorKind::kUsage, "did you mean `id`");
}

TEST_P(SqlContract, ExecuteNeedsAWritableDatabase) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto changed = database()->Execute("DELETE FROM t", {}, run().cancel());
  ExpectFailure(changed.status(), ErrorKind::kUsage, "read_only = false");
}

TEST_P(SqlContract, FailedStatementChangesNothingAndTheNextOneWorks) {
  backend().Write("CREATE TABLE t (id BIGINT UNIQUE); INSERT INTO t VALUES (1)");
  auto writable = Connect({.read_only = false});
  ExpectFailure(writable->Execute("INSERT INTO t VALUES (2), (1)", {}, run().cancel()).status(),
                ErrorKind::kData, "");
  EXPECT_EQ(*writable->Execute("INSERT INTO t VALUES (3)", {}, run().cancel()), 1);
  EXPECT_THAT(*Rows(Query(writable, {.sql = "SELECT id FROM t"})), ElementsAre("1", "3"));
}

TEST_P(SqlContract, QueriesSeeTheirOwnExecute) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto writable = Connect({.read_only = false});
  auto plan = Query(writable, {.sql = "SELECT id FROM t"});
  EXPECT_THAT(*Rows(plan), IsEmpty());
  ASSERT_TRUE(writable->Execute("INSERT INTO t VALUES (1)", {}, run().cancel()).ok());
  EXPECT_THAT(*Rows(plan), ElementsAre("1"));
}

TEST_P(SqlContract, TransactionIsKeptWholeOrUndone) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto writable = Connect({.read_only = false});
  const auto insert = [&] {
    return writable->Execute("INSERT INTO t VALUES (1)", {}, run().cancel()).status();
  };
  const auto plan = Query(writable, {.sql = "SELECT id FROM t"});
  ASSERT_TRUE(writable->Begin(run().cancel()).ok());
  ASSERT_TRUE(insert().ok());
  EXPECT_THAT(*Rows(plan), IsEmpty());
  ASSERT_TRUE(insert().ok());
  ASSERT_TRUE(writable->End(true, run().cancel()).ok());
  EXPECT_THAT(*Rows(plan), ElementsAre("1", "1"));
  ASSERT_TRUE(writable->Begin(run().cancel()).ok());
  ASSERT_TRUE(insert().ok());
  ASSERT_TRUE(writable->End(false, run().cancel()).ok());
  EXPECT_THAT(*Rows(plan), ElementsAre("1", "1"));
}

TEST_P(SqlContract, FailedStatementSpoilsItsTransaction) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto writable = Connect({.read_only = false});
  const auto execute = [&](const std::string& sql) {
    return writable->Execute(sql, {}, run().cancel()).status();
  };
  ASSERT_TRUE(writable->Begin(run().cancel()).ok());
  ASSERT_TRUE(execute("INSERT INTO t VALUES (1)").ok());
  ExpectFailure(execute("INSERT INTO nowhere VALUES (1)"), ErrorKind::kNotFound, "nowhere");
  ExpectFailure(execute("INSERT INTO t VALUES (2)"), ErrorKind::kUsage, "has failed");
  ExpectFailure(writable->End(true, run().cancel()), ErrorKind::kUsage, "has failed");
  EXPECT_THAT(*Rows(Query(writable, {.sql = "SELECT id FROM t"})), IsEmpty());
  EXPECT_TRUE(execute("INSERT INTO t VALUES (3)").ok());
}

TEST_P(SqlContract, TransactionsDoNotNest) {
  auto writable = Connect({.read_only = false});
  ExpectFailure(writable->End(true, run().cancel()), ErrorKind::kUsage, "no transaction");
  ASSERT_TRUE(writable->Begin(run().cancel()).ok());
  ExpectFailure(writable->Begin(run().cancel()), ErrorKind::kUsage, "open already");
  ExpectFailure(database()->Begin(run().cancel()), ErrorKind::kUsage, "reading only");
}

TEST_P(SqlContract, CloseUndoesAnOpenTransaction) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto writable = Connect({.read_only = false});
  ASSERT_TRUE(writable->Begin(run().cancel()).ok());
  ASSERT_TRUE(writable->Execute("INSERT INTO t VALUES (1)", {}, run().cancel()).ok());
  ASSERT_TRUE(writable->Close().ok());
  EXPECT_THAT(MustRows("SELECT id FROM t"), IsEmpty());
  ExpectFailure(writable->Begin(run().cancel()), ErrorKind::kUsage, "closed");
}

TEST_P(SqlContract, CountsRowsOfAnyQuery) {
  backend().Write("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1), (2), (3)");
  auto count = [&](const std::string& sql, std::vector<Param> params = {}) {
    return **Query(database(), {.sql = sql, .params = std::move(params)})->KnownRows(run());
  };
  EXPECT_EQ(count("SELECT id FROM t"), 3);
  EXPECT_EQ(count("SELECT id FROM t ORDER BY id; "), 3);
  EXPECT_EQ(count("SELECT id FROM t -- all of them"), 3);
  EXPECT_EQ(count("SELECT id FROM t WHERE id > $1", {int64_t{1}}), 2);
}

TEST_P(SqlContract, StatementThatIsNoTableHasNoKnownRows) {
  const bool postgres = backend().uri().starts_with("postgresql");
  for (const std::string sql : {postgres ? "SHOW work_mem" : "PRAGMA user_version",
                                postgres ? "EXPLAIN SELECT 1" : "EXPLAIN QUERY PLAN SELECT 1"}) {
    const auto plan = Query(database(), {.sql = sql});
    const auto rows = plan->KnownRows(run());
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
    EXPECT_EQ(*rows, std::nullopt) << sql;
    EXPECT_THAT(*Rows(plan), Not(IsEmpty()));
  }
}

TEST_P(SqlContract, CountingReportsTheErrorOfTheStatementAsWritten) {
  const Status status =
      Query(database(), {.sql = "SELECT 1 AS a,\n  2 AS b FORM t"})->KnownRows(run()).status();
  ExpectFailure(status, ErrorKind::kUsage, "line 2, column");
}

TEST_P(SqlContract, StatementWithANulByteIsRefused) {
  backend().Write("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)");
  const std::string cut("DELETE FROM t\0 WHERE id = 2", 27);
  auto writable = Connect({.read_only = false});
  ExpectFailure(writable->Execute(cut, {}, run().cancel()).status(), ErrorKind::kUsage, "byte 14");
  EXPECT_THAT(MustRows("SELECT id FROM t"), ElementsAre("1"));
  ExpectFailure(Failure(std::string("SELECT 1 AS a\0, 2", 17)), ErrorKind::kUsage, "NUL byte");
}

TEST_P(SqlContract, ColumnsFollowAnAlteredTable) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto writable = Connect({.read_only = false});
  const auto plan = Query(writable, {.sql = "SELECT * FROM t"});
  EXPECT_EQ((*plan->schema(run()))->num_fields(), 1);
  ASSERT_TRUE(writable->Execute("ALTER TABLE t ADD COLUMN note TEXT", {}, run().cancel()).ok());
  EXPECT_EQ((*plan->schema(run()))->num_fields(), 2);
}

TEST_P(SqlContract, RowOfMoreThan64MiBIsNamed) {
  const bool postgres = backend().uri().starts_with("postgresql");
  const std::string fill =
      postgres ? "repeat('x', {})" : "replace(hex(zeroblob({} / 2)), '0', 'x')";
  const auto sql = [&](int64_t bytes) {
    return fmt::format("SELECT 1 AS id, 'a' AS body UNION ALL SELECT 2, {}",
                       fmt::format(fmt::runtime(fill), bytes));
  };
  ExpectFailure(Failure(sql((64 << 20) + 2)), ErrorKind::kData, "row 2, at column `body`");
  EXPECT_EQ(MustRows(sql(60 << 20)).size(), 2U);
}

TEST_P(SqlContract, CloseTwiceIsFine) {
  EXPECT_TRUE(database()->Close().ok());
  EXPECT_TRUE(database()->Close().ok());
}

TEST_P(SqlContract, UseAfterCloseIsAnError) {
  auto plan = Query(database(), {.sql = "SELECT 1 AS one"});
  ASSERT_TRUE(database()->Close().ok());
  ExpectFailure(Rows(plan).status(), ErrorKind::kUsage, "closed");
  ExpectFailure(plan->schema(run()).status(), ErrorKind::kUsage, "closed");
  ExpectFailure(plan->Identity(run()).status(), ErrorKind::kUsage, "closed");
  ExpectFailure(database()->Execute("SELECT 1", {}, run().cancel()).status(), ErrorKind::kUsage,
                "closed");
}

TEST_P(SqlContract, DescribeShortensTheStatement) {
  auto plan = Query(database(), {.sql = "SELECT   a,\n\tb FROM t;\n"});
  EXPECT_EQ(plan->Describe(), "SELECT a, b FROM t");
  const std::string longer =
      Query(database(), {.sql = "SELECT " + std::string(500, 'x')})->Describe();
  EXPECT_LE(longer.size(), 72U);
  EXPECT_THAT(longer, testing::EndsWith("..."));
}

TEST_P(SqlContract, IdentityTellsStatementsParametersAndDataApart) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  auto identity = [&](const DatabasePtr& database, QuerySpec query) {
    return *Query(database, std::move(query))->Identity(run());
  };
  const QuerySpec query{.sql = "SELECT id FROM t WHERE id > $1", .params = {int64_t{1}}};
  QuerySpec other = query;
  other.params = {int64_t{2}};
  const std::string first = identity(database(), query);
  EXPECT_EQ(identity(database(), query), first);
  EXPECT_EQ(identity(Connect(), query), first);
  EXPECT_NE(identity(database(), other), first);
  backend().Write("INSERT INTO t VALUES (7)");
  EXPECT_EQ(identity(database(), query), first) << "the snapshot stands";
  EXPECT_NE(identity(Connect(), query), first);
}

TEST_P(SqlContract, PasswordIsInNoError) {
  OpenOptions options;
  options.wait = [](auto, const CancelToken&) { return Status::OK(); };
  const std::string uri = backend().uri_with_password("hunter2hunter2");
  auto database = Open(uri, options, run().cancel());
  ASSERT_TRUE(database.ok()) << database.status().ToString();
  EXPECT_THAT((*database)->uri(), Not(HasSubstr("hunter2")));
  auto plan = Query(*database, {.sql = "SELECT 'hunter2hunter2' FORM nowhere"});
  EXPECT_THAT(plan->Describe(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(ErrorText(Rows(plan).status()), Not(HasSubstr("hunter2")));
  EXPECT_THAT(*Query(*database, {.sql = "SELECT 1 AS one"})->Identity(run()),
              Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace tideway::sql
