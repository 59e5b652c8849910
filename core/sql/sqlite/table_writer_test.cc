// What SQLite stores of each type.
#include "core/sql/sqlite/table_writer.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "core/dataset/testing_internal.h"
#include "core/sql/backend_test.h"

namespace tideway::sql::sqlite {
namespace {

using arrow::TimeUnit;
using dataset::testing::BatchSource;
using testing::HasSubstr;

class SqliteInsert : public testing::Test, public SqlTest {
 protected:
  SqliteInsert() : SqlTest(MakeSqliteBackend()), writable_(Connect({.read_only = false})) {}

  Result<int64_t> Insert(const std::string& table, const std::shared_ptr<arrow::DataType>& type,
                         const std::string& json, bool create) {
    const auto schema = arrow::schema({arrow::field("x", type)});
    const auto batch = dataset::testing::Rows(schema, {json});
    return sql::Insert(writable_, {.table = table, .create = create},
                       std::make_shared<BatchSource>(schema, std::vector{batch}), run());
  }
  // The kind and value that a column of `declaration` stores, as "text: a"; or the error.
  std::string Into(const std::string& declaration, const std::shared_ptr<arrow::DataType>& type,
                   const std::string& json) {
    const std::string table = "t" + std::to_string(next_++);
    backend().Write("CREATE TABLE " + table + " (x " + declaration + ")");
    const auto rows = Insert(table, type, json, false);
    if (!rows.ok()) return ErrorText(rows.status());
    return Joined("SELECT typeof(x) || ': ' || x FROM " + table);
  }
  std::string RoundTrip(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
    const std::string table = "made" + std::to_string(next_++);
    const auto rows = Insert(table, type, json, true);
    if (!rows.ok()) return ErrorText(rows.status());
    auto reader = Connect()->Read({.sql = "SELECT x FROM " + table}, run());
    const auto batch = (*reader)->Read();
    if (!batch.ok()) return ErrorText(batch.status());
    const auto sent = dataset::testing::Column(type, json);
    return (*batch)->column(0)->Equals(sent) ? "equal" : (*batch)->column(0)->ToString();
  }
  std::string Joined(const std::string& sql) {
    const auto rows = Rows(Query(Connect(), {.sql = sql}));
    return rows.ok() ? fmt::format("{}", fmt::join(*rows, ", ")) : ErrorText(rows.status());
  }

 private:
  DatabasePtr writable_;
  int next_ = 0;
};

TEST_F(SqliteInsert, TypesThatAQueryGivesComeBackAsTheyWere) {
  EXPECT_EQ(RoundTrip(arrow::int64(), "[-9223372036854775808, 9223372036854775807, null]"),
            "equal");
  EXPECT_EQ(RoundTrip(arrow::float64(), "[0.1, 5e-324, Inf, -Inf, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::utf8(), R"(["", "नमस्ते 🙏", "007", null])"), "equal");
  EXPECT_EQ(RoundTrip(arrow::binary(), R"(["", "abc", null])"), "equal");
  EXPECT_EQ(RoundTrip(arrow::boolean(), "[true, false, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::date32(), "[0, -719528, 2932896, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::timestamp(TimeUnit::MICRO), "[0, -1, 1706702400500000, null]"),
            "equal");
}

TEST_F(SqliteInsert, OtherTypesAreStoredExactly) {
  EXPECT_EQ(Into("INTEGER", arrow::boolean(), "[true]"), "integer: 1");
  EXPECT_EQ(Into("INTEGER", arrow::uint64(), "[7]"), "integer: 7");
  EXPECT_EQ(Into("TEXT", arrow::decimal128(10, 2), R"(["12.50"])"), "text: 12.50");
  EXPECT_EQ(Into("TEXT", arrow::time32(TimeUnit::SECOND), "[3600]"), "text: 01:00:00");
  EXPECT_EQ(Into("TIMESTAMP", arrow::timestamp(TimeUnit::SECOND, "Asia/Kathmandu"), "[0]"),
            "text: 1970-01-01 00:00:00Z");
  EXPECT_EQ(Into("TIMESTAMP", arrow::timestamp(TimeUnit::NANO), "[1000]"),
            "text: 1970-01-01 00:00:00.000001");
  EXPECT_EQ(Into("", arrow::utf8(), R"(["007"])"), "text: 007");
  EXPECT_EQ(Into("JSON", arrow::list(arrow::utf8()), R"([["a\"b", null], []])"),
            R"(text: ["a\"b",null], text: [])");
  EXPECT_EQ(Into("", arrow::float64(), "[2.0]"), "real: 2.0");
}

TEST_F(SqliteInsert, ValuesThatDoNotFitAreNamed) {
  EXPECT_THAT(Into("REAL", arrow::float64(), "[1, NaN]"),
              HasSubstr("column `x` is double and goes into REAL, but row 2 holds NaN"));
  EXPECT_THAT(Into("TIMESTAMP", arrow::timestamp(TimeUnit::NANO), "[1]"), HasSubstr("nanoseconds"));
  EXPECT_THAT(Into("DATE", arrow::date32(), "[2932897]"),
              HasSubstr("holds a year that is not from 0 to 9999"));
  EXPECT_THAT(Into("DATE", arrow::date32(), "[-719529]"), HasSubstr("holds a year"));
  EXPECT_THAT(Into("DATE", arrow::date32(), "[2147483647]"), HasSubstr("holds a year"));
  EXPECT_THAT(Into("DATE", arrow::date64(), "[1]"), HasSubstr("holds a time of day"));
}

TEST_F(SqliteInsert, TypesThatSqliteWouldChangeAreRefused) {
  EXPECT_THAT(Into("MONEY", arrow::utf8(), R"(["007"])"),
              HasSubstr("column `x` is string and cannot go into MONEY"));
  EXPECT_THAT(Into("INTEGER", arrow::float64(), "[1]"), HasSubstr("cannot go into INTEGER"));
  EXPECT_THAT(Into("TEXT", arrow::int64(), "[1]"), HasSubstr("cannot go into TEXT"));
  EXPECT_THAT(RoundTrip(arrow::map(arrow::utf8(), arrow::int64()), R"([[["a", 1]]])"),
              HasSubstr("cannot go into any type of SQLite"));
}

TEST_F(SqliteInsert, KeyThatNumbersItsRowsNeedNotBeGiven) {
  backend().Write("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)");
  EXPECT_EQ(*Insert("t", arrow::utf8(), R"(["a", "b"])", false), 2);
  EXPECT_EQ(Joined("SELECT id || x FROM t ORDER BY id"), "1a, 2b");
}

TEST_F(SqliteInsert, FileInRollbackModeIsWrittenToo) {
  backend().Write("PRAGMA journal_mode = DELETE; CREATE TABLE t (x TEXT)");
  EXPECT_EQ(*Insert("t", arrow::utf8(), R"(["a"])", false), 1);
  EXPECT_EQ(Joined("SELECT x FROM t"), "a");
}

TEST_F(SqliteInsert, CopyWithinAFileInRollbackModeEndsInAConflict) {
  backend().Write("PRAGMA journal_mode = DELETE; CREATE TABLE t (message TEXT);" +
                  FillRows(100000));
  const auto copy = [&] {
    dataset::RunContext run({.memory_bytes = 16 << 20});  // small batches: it is not read at once
    const auto database = Connect({.connect_timeout_s = 0.05, .read_only = false});
    return sql::Insert(database, {.table = "t"},
                       Query(database, {.sql = "SELECT message FROM rows"}), run);
  };
  const Status status = copy().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict) << status.ToString();
  EXPECT_THAT(ErrorText(status), HasSubstr("PRAGMA journal_mode = WAL"));
  backend().Write("PRAGMA journal_mode = WAL");
  EXPECT_EQ(copy().ValueOr(-1), 100000);
}

TEST_F(SqliteInsert, LockOfOthersIsAConflict) {
  backend().Write("CREATE TABLE t (x TEXT); BEGIN IMMEDIATE");
  const auto database = Connect({.connect_timeout_s = 0.05, .read_only = false});
  const auto schema = arrow::schema({arrow::field("x", arrow::utf8())});
  const auto writer = database->OpenTable({.table = "t"}, schema, run());
  EXPECT_EQ(KindOf(writer.status()), ErrorKind::kConflict) << writer.status().ToString();
  backend().Write("ROLLBACK");
}

}  // namespace
}  // namespace tideway::sql::sqlite
