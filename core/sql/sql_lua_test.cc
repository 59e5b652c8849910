#include <gmock/gmock.h>
#include <sqlite3.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/binding/runtime_fixture.h"

namespace tideway::sql {

int OpenSql(lua_State* L);

namespace {

using testing::HasSubstr;

class SqlLua : public binding::RuntimeTest {
 protected:
  SqlLua() {
    modules_ = {{"sql", OpenSql}};
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open((folder_ + "/test.db").c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle,
                           "CREATE TABLE t (id INTEGER, message TEXT, score REAL, day DATE);"
                           "INSERT INTO t VALUES (1, 'one', 1.0, '2024-02-29'),"
                           " (9007199254740993, NULL, 0.5, NULL)",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(handle);
  }
  ~SqlLua() override { EXPECT_TRUE(RemoveAll(folder_).ok()); }

  // The text or the error that `body` returns, with `db` connected.
  std::string Value(const std::string& body, const std::string& options = "nil") {
    return Eval("local tw = require 'tideway'\nlocal db = tw.sql.connect('sqlite:" + folder_ +
                "/test.db', " + options + ")\n" + body);
  }

  std::string folder_ = "/tmp/tideway-sql-lua-test.XXXXXX";
};

TEST_F(SqlLua, RowsKeepTheirKinds) {
  EXPECT_EQ(Value("local r = db:rows 'SELECT * FROM t ORDER BY id'\n"
                  "return table.concat({#r, r[1].id, r[1].message, r[1].day:iso(), "
                  "tostring(r[2].id), tostring(r[2].message), r[2].score}, ' ')"),
            "2 1 one 2024-02-29 9007199254740993LL null 0.5");
}

TEST_F(SqlLua, RowsTakeParametersOfEveryKind) {
  EXPECT_EQ(Value("local tw = require 'tideway'\nlocal r = db:rows('SELECT $1 AS a, $2 AS b, $3 AS "
                  "c, $4 AS d, $5 AS e', { 1, 'x', tw.null, 0.5, true })[1]\n"
                  "return table.concat({r.a, r.b, tostring(r.c), r.d, r.e}, ' ')"),
            "1 x null 0.5 1");
  EXPECT_EQ(Value("return #db:rows('SELECT * FROM t WHERE id = $1', { 9007199254740993LL })"), "1");
}

TEST_F(SqlLua, RefusesParametersThatHaveNoForm) {
  EXPECT_THAT(Value("return db:rows('SELECT $1 AS a', { {} })"), HasSubstr("parameter $1 must be"));
  EXPECT_THAT(Value("return db:rows('SELECT $2 AS a', { [2] = 1 })"), HasSubstr("not nil"));
  EXPECT_THAT(Value("return db:rows('SELECT $1 AS a', { a = 1 })"), HasSubstr("are a list"));
}

TEST_F(SqlLua, RowsBeyondTheLimitAreAnError) {
  EXPECT_THAT(Value("return db:rows('SELECT * FROM t', nil, { limit = 1 })"),
              HasSubstr("more than 1 rows"));
}

TEST_F(SqlLua, RowsBeyondTheBudgetAreAnErrorOfKindMemory) {
  const std::string wide =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90000)"
      " SELECT i, hex(zeroblob(2500)) AS body FROM n";
  EXPECT_THAT(Value("local ok, e = pcall(db.rows, db, [[" + wide +
                    "]])\nreturn e.kind .. ': ' .. e.message .. ' / ' .. e.hint"),
              testing::MatchesRegex("memory: sql: the query gives more than memory may hold.*/ "
                                    "read it with query.*"));
  EXPECT_EQ(Value("return #db:rows 'SELECT * FROM t'"), "2");
}

TEST_F(SqlLua, ExecuteReturnsTheRowsItChanged) {
  EXPECT_EQ(Value("local n = db:execute('UPDATE t SET message = $1', { 'x' })\n"
                  "return n .. db:rows('SELECT message FROM t')[2].message",
                  "{ read_only = false }"),
            "2x");
  EXPECT_THAT(Value("return db:execute('DELETE FROM t')"), HasSubstr("open for reading only"));
}

TEST_F(SqlLua, ClosedDatabaseRaisesWhenUsed) {
  EXPECT_EQ(Value("db:close() db:close() return 'fine'"), "fine");
  EXPECT_THAT(Value("db:close() return db:rows 'SELECT 1 AS one'"), HasSubstr("closed"));
}

TEST_F(SqlLua, RefusesUnknownOptions) {
  EXPECT_EQ(Value("", "{ pool = 3 }"), "sql.connect: unknown option `pool`");
  EXPECT_EQ(Value("", "{ retry = { trie = 3 } }"),
            "sql.connect: retry: unknown option `trie`; did you mean `tries`?");
  EXPECT_EQ(Value("", "{ pool_size = 1 }"), "sql: pool_size must be at least 2: 1");
  EXPECT_THAT(Value("return db:rows('SELECT 1 AS a', {}, { type = {} })"),
              HasSubstr("did you mean `types`?"));
}

TEST_F(SqlLua, PrintsWhereItIs) {
  EXPECT_EQ(Value("return db"), "tideway.Database: sqlite:" + folder_ + "/test.db");
}

TEST_F(SqlLua, MissingFileIsAnError) {
  EXPECT_THAT(Eval("return require('tideway').sql.connect 'sqlite:no/such.db'"),
              HasSubstr("no such database file: no/such.db"));
}

}  // namespace
}  // namespace tideway::sql
