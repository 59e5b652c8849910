// Every type's way into a real server and back, and what can go wrong during a COPY.
#include "core/sql/postgres/table_writer.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <thread>

#include "core/dataset/testing_internal.h"
#include "core/sql/backend_test.h"

namespace tideway::sql::postgres {
namespace {

using arrow::TimeUnit;
using dataset::testing::BatchSource;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PostgresInsert : public testing::Test, public SqlTest {
 protected:
  PostgresInsert() : SqlTest(MakePostgresBackend()), writable_(Connect({.read_only = false})) {}

  Result<int64_t> Insert(const std::string& column, const std::shared_ptr<arrow::DataType>& type,
                         const std::string& json, const InsertSpec& spec = {.table = "t"}) {
    const auto schema = arrow::schema({arrow::field(column, type)});
    const auto batch = dataset::testing::Rows(schema, {json});
    return sql::Insert(writable_, spec, std::make_shared<BatchSource>(schema, std::vector{batch}),
                       run());
  }
  // What a new table's column of `declaration` holds after `json` went in, as "1, null"; or the
  // error.
  std::string Into(const std::string& declaration, const std::shared_ptr<arrow::DataType>& type,
                   const std::string& json) {
    const std::string table = NewTable("x " + declaration);
    const auto rows = Insert("x", type, json, {.table = table});
    if (!rows.ok()) return ErrorText(rows.status());
    return Joined("SELECT x::text FROM " + table);
  }
  // Writes values, reads them back as they were, or says what came back.
  std::string RoundTrip(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
    const std::string table = "made" + std::to_string(next_++);
    const auto rows = Insert("x", type, json, {.table = table, .create = true});
    if (!rows.ok()) return ErrorText(rows.status());
    const auto database = Connect();
    auto reader = database->Read({.sql = "SELECT x FROM " + table}, run());
    if (!reader.ok()) return ErrorText(reader.status());
    const auto batch = (*reader)->Read();
    if (!batch.ok()) return ErrorText(batch.status());
    const auto sent = dataset::testing::Column(type, json);
    return (*batch)->column(0)->Equals(sent) ? "equal" : (*batch)->column(0)->ToString();
  }
  std::string NewTable(const std::string& columns) {
    const std::string table = "t" + std::to_string(next_++);
    backend().Write("CREATE TABLE " + table + " (" + columns + ")");
    return table;
  }
  std::string Joined(const std::string& sql) {
    const auto database = Connect();
    const auto rows = Rows(Query(database, {.sql = sql}));
    if (!rows.ok()) return ErrorText(rows.status());
    return fmt::format("{}", fmt::join(*rows, ", "));
  }
  const DatabasePtr& writable() { return writable_; }

 private:
  DatabasePtr writable_;
  int next_ = 0;
};

TEST_F(PostgresInsert, EveryTypeComesBackAsItWas) {
  const auto micros = TimeUnit::MICRO;
  EXPECT_EQ(RoundTrip(arrow::boolean(), "[true, false, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::int16(), "[-32768, 32767, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::int32(), "[-2147483648, 2147483647, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::int64(), "[-9223372036854775808, 9223372036854775807, null]"),
            "equal");
  EXPECT_EQ(RoundTrip(arrow::float32(), "[1.5, Inf, -Inf, -0.0, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::float64(), "[0.1, 5e-324, 1.7976931348623157e308, -Inf, null]"),
            "equal");
  EXPECT_EQ(RoundTrip(arrow::utf8(), R"(["", "नमस्ते 🙏", "a\tb\\n", null])"), "equal");
  EXPECT_EQ(RoundTrip(arrow::binary(), R"(["", "abc", null])"), "equal");
  EXPECT_EQ(RoundTrip(arrow::date32(), "[0, -2440588, 10957, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::time64(micros), "[0, 86399999999, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::timestamp(micros), "[0, -1, 946684800000000, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::timestamp(micros, "UTC"), "[0, 1706702400500000, null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::month_day_nano_interval(), "[[1, -2, 3000], [0, 0, 0], null]"),
            "equal");
  EXPECT_EQ(RoundTrip(arrow::decimal128(38, 6), R"(["12345.678900", "-0.001000", "0.000000",
            "-99999999999999999999999999999999.999999", null])"),
            "equal");
  EXPECT_EQ(RoundTrip(arrow::list(arrow::int64()), "[[1, null, 3], [], null]"), "equal");
  EXPECT_EQ(RoundTrip(arrow::list(arrow::utf8()), R"([["a", "", null], null])"), "equal");
}

TEST_F(PostgresInsert, NanIsKept) {
  EXPECT_EQ(Into("float8", arrow::float64(), "[NaN, -NaN]"), "NaN, NaN");
  EXPECT_EQ(Into("float4", arrow::float32(), "[NaN]"), "NaN");
  EXPECT_EQ(Into("numeric", arrow::float64(), "[NaN, Inf]"), "NaN, Infinity");
}

TEST_F(PostgresInsert, TypesWithoutATwinGoWhereTheirValuesFit) {
  EXPECT_EQ(Into("int2", arrow::uint8(), "[255]"), "255");
  EXPECT_EQ(Into("int4", arrow::uint16(), "[65535]"), "65535");
  EXPECT_EQ(Into("oid", arrow::int64(), "[4294967295]"), "4294967295");
  EXPECT_EQ(Into("int4", arrow::float64(), "[-2147483648, 2147483647, -0.0]"),
            "-2147483648, 2147483647, 0");
  EXPECT_EQ(Into("numeric", arrow::uint64(), "[18446744073709551615]"), "18446744073709551615");
  EXPECT_EQ(Into("numeric", arrow::float64(), "[0.1, 1e20, 1e-7, -2.5]"),
            "0.1, 100000000000000000000, 0.0000001, -2.5");
  EXPECT_EQ(Into("float8", arrow::float32(), "[1.5]"), "1.5");
  EXPECT_EQ(Into("date", arrow::date64(), "[86400000]"), "1970-01-02");
  EXPECT_EQ(Into("time", arrow::time32(TimeUnit::SECOND), "[3600]"), "01:00:00");
  EXPECT_EQ(Into("timestamp", arrow::timestamp(TimeUnit::NANO), "[1000]"),
            "1970-01-01 00:00:00.000001");
  EXPECT_EQ(Into("interval", arrow::duration(TimeUnit::MILLI), "[1500]"), "00:00:01.5");
  EXPECT_EQ(Into("text[]", arrow::large_list(arrow::utf8()), R"([["a"]])"), "{a}");
  EXPECT_EQ(Into("int2[]", arrow::fixed_size_list(arrow::int64(), 2), "[[1, 2]]"), "{1,2}");
}

TEST_F(PostgresInsert, TextGoesIntoTypesThatHaveATextForm) {
  EXPECT_EQ(Into("varchar(3)", arrow::utf8(), R"(["abc"])"), "abc");
  EXPECT_EQ(Into("uuid", arrow::utf8(), R"(["550E8400-e29b-41d4-a716-446655440000"])"),
            "550e8400-e29b-41d4-a716-446655440000");
  EXPECT_EQ(Into("numeric(6,2)", arrow::utf8(), R"(["-1234.50", "1e3"])"), "-1234.50, 1000.00");
  EXPECT_EQ(Into("json", arrow::utf8(), R"(["{\"a\": 1}"])"), "{\"a\": 1}");
  EXPECT_EQ(Into("jsonb", arrow::utf8(), R"(["{\"a\":1}"])"), "{\"a\": 1}");
  EXPECT_EQ(Into("date", arrow::utf8(), R"(["2024-02-29", "infinity", null])"),
            "2024-02-29, infinity, null");
  EXPECT_EQ(Into("timestamptz", arrow::utf8(), R"(["2024-02-29 12:00:00+00"])").substr(0, 10),
            "2024-02-29");
  EXPECT_EQ(Into("inet", arrow::utf8(), R"(["10.0.0.0/8"])"), "10.0.0.0/8");
  EXPECT_EQ(Into("int4", arrow::utf8(), R"(["7"])"), "7");
  EXPECT_EQ(Into("text[]", arrow::utf8(), R"(["{a,NULL}"])"), "{a,NULL}");
}

TEST_F(PostgresInsert, NestedValuesGoIntoJson) {
  const auto type = arrow::struct_(
      {arrow::field("a", arrow::float64()), arrow::field("b", arrow::list(arrow::utf8()))});
  EXPECT_EQ(Into("json", type, R"([{"a": 1.5, "b": ["x\"y", null]}, null])"),
            R"({"a":1.5,"b":["x\"y",null]}, null)");
  EXPECT_EQ(Into("jsonb", arrow::list(arrow::int64()), "[[1, 2], []]"), "[1, 2], []");
  EXPECT_THAT(Into("jsonb", type, R"([{"a": NaN, "b": []}])"),
              HasSubstr("row 1 holds nan in `x.a`, which JSON has not"));
  EXPECT_EQ(RoundTrip(arrow::list(type), R"([[{"a": 1, "b": null}]])").find("cannot"),
            std::string::npos);
}

TEST_F(PostgresInsert, DomainsAndEnumsAreWhatTheyAreMadeOf) {
  backend().Write(
      "CREATE TYPE mood AS ENUM ('sad', 'glad');"
      "CREATE DOMAIN percent AS int2 CHECK (VALUE <= 100)");
  EXPECT_EQ(Into("mood", arrow::utf8(), R"(["glad"])"), "glad");
  EXPECT_EQ(Into("percent", arrow::int64(), "[100]"), "100");
  EXPECT_THAT(Into("mood", arrow::utf8(), R"(["glad", "angry"])"),
              HasSubstr("\"angry\": row 2, column `x` [SQLSTATE 22P02]"));
  EXPECT_THAT(Into("percent", arrow::int64(), "[7, 101]"), HasSubstr("row 2"));
}

TEST_F(PostgresInsert, ValuesThatDoNotFitAreNamed) {
  const auto error = [&](const std::string& declaration, const auto& type, const char* json) {
    return Into(declaration, type, json);
  };
  EXPECT_THAT(error("int4", arrow::int64(), "[1, 3000000000]"),
              HasSubstr("column `x` is int64 and goes into integer, but row 2 holds 3000000000"));
  EXPECT_THAT(error("int2", arrow::int32(), "[-32769]"), HasSubstr("row 1 holds -32769"));
  EXPECT_THAT(error("int8", arrow::float64(), "[0.5]"), HasSubstr("holds 0.5"));
  EXPECT_THAT(error("int8", arrow::float64(), "[9.3e18]"), HasSubstr("holds 9.3e+18"));
  EXPECT_THAT(error("int4", arrow::float64(), "[NaN]"), HasSubstr("holds nan"));
  EXPECT_THAT(error("oid", arrow::int64(), "[-1]"), HasSubstr("holds -1"));
  EXPECT_THAT(error("numeric(10,2)", arrow::decimal128(10, 3), R"(["1.230", "1.235"])"),
              HasSubstr("is decimal128(10, 3) and goes into numeric(10,2), but row 2 holds 1.235"));
  EXPECT_THAT(error("numeric(4,2)", arrow::int64(), "[100]"), HasSubstr("row 1, column `x`"));
  EXPECT_THAT(error("numeric", arrow::utf8(), R"(["12x"])"), HasSubstr("row 1 holds 12x"));
  EXPECT_THAT(error("uuid", arrow::utf8(), R"(["550e8400"])"),
              HasSubstr("holds no UUID: 550e8400"));
  EXPECT_THAT(error("timestamp", arrow::timestamp(TimeUnit::NANO), "[1]"),
              HasSubstr("holds nanoseconds that are no whole microsecond"));
  EXPECT_THAT(error("timestamp(0)", arrow::timestamp(TimeUnit::MILLI), "[1500]"),
              HasSubstr("holds more than 0 digits of a second"));
  EXPECT_THAT(error("timestamp", arrow::timestamp(TimeUnit::SECOND), "[9223372036854775807]"),
              HasSubstr("a time out of range"));
  EXPECT_THAT(error("date", arrow::date32(), "[-2147483648]"), HasSubstr("too early"));
  EXPECT_THAT(error("date", arrow::date32(), "[2147483647]"), HasSubstr("column `x`"));
  EXPECT_THAT(error("varchar(2)", arrow::utf8(), R"(["ab", "abc"])"),
              HasSubstr("row 2 holds more than 2 characters"));
  EXPECT_THAT(error("varchar(2)", arrow::utf8(), R"(["ab "])"),
              HasSubstr("more than 2 characters"));
  EXPECT_EQ(error("varchar(2)", arrow::utf8(), R"(["नम"])"), "नम");
  EXPECT_THAT(error("json", arrow::utf8(), R"(["{"])"), HasSubstr("row 1, column `x`"));
  EXPECT_THAT(error("date", arrow::utf8(), R"(["tomorrow-ish"])"),
              HasSubstr("the server read column `x` as date"));
}

TEST_F(PostgresInsert, TypesThatCannotGoInAreNamed) {
  EXPECT_THAT(Into("float4", arrow::float64(), "[0.5]"),
              HasSubstr("column `x` is double and cannot go into real"));
  EXPECT_THAT(Into("interval(0)", arrow::duration(TimeUnit::MILLI), "[1500]"),
              HasSubstr("cannot go into interval(0)"));
  EXPECT_THAT(Into("\"char\"", arrow::utf8(), R"(["abc"])"), HasSubstr("cannot go into \"char\""));
  EXPECT_THAT(Into("text", arrow::int64(), "[1]"), HasSubstr("is int64 and cannot go into text"));
  EXPECT_THAT(Into("timestamptz", arrow::timestamp(TimeUnit::MICRO), "[1]"),
              HasSubstr("cannot go into timestamp with time zone"));
  EXPECT_THAT(Into("timestamp", arrow::timestamp(TimeUnit::MICRO, "UTC"), "[1]"),
              HasSubstr("cannot go into timestamp without time zone"));
  EXPECT_THAT(Into("int8[]", arrow::list(arrow::list(arrow::int64())), "[[[1]]]"),
              HasSubstr("cannot go into bigint[]"));
  EXPECT_THAT(RoundTrip(arrow::map(arrow::utf8(), arrow::int64()), R"([[["a", 1]]])"),
              HasSubstr("cannot go into any type of PostgreSQL"));
}

TEST_F(PostgresInsert, NulByteNamesColumnAndRow) {
  backend().Write("CREATE TABLE t (x TEXT)");
  const auto schema = arrow::schema({arrow::field("x", arrow::utf8())});
  arrow::StringBuilder builder;
  ASSERT_TRUE(builder.AppendValues({"good", std::string("b\0d", 3)}).ok());
  const auto batch = arrow::RecordBatch::Make(schema, 2, {*builder.Finish()});
  const auto rows = sql::Insert(writable(), {.table = "t"},
                                std::make_shared<BatchSource>(schema, std::vector{batch}), run());
  EXPECT_EQ(KindOf(rows.status()), ErrorKind::kData);
  EXPECT_THAT(rows.status().message(), HasSubstr("column `x`"));
  EXPECT_THAT(rows.status().message(), HasSubstr("row 2 holds a NUL byte"));
  EXPECT_EQ(Joined("SELECT x FROM t"), "");
}

TEST_F(PostgresInsert, TwoRowsOfOneKeyCannotUpdateOneRow) {
  backend().Write("CREATE TABLE t (x BIGINT PRIMARY KEY, y BIGINT)");
  const auto schema =
      arrow::schema({arrow::field("x", arrow::int64()), arrow::field("y", arrow::int64())});
  const auto batch = dataset::testing::Rows(schema, {"[1, 1]", "[2, 3]"});
  const auto rows = sql::Insert(
      writable(), {.table = "t", .conflict = InsertSpec::Conflict::kUpdate, .key = {"x"}},
      std::make_shared<BatchSource>(schema, std::vector{batch}), run());
  EXPECT_EQ(KindOf(rows.status()), ErrorKind::kData);
  EXPECT_THAT(ErrorText(rows.status()), HasSubstr("with distinct"));
}

TEST_F(PostgresInsert, IdentityColumnsTakeTheRowsValues) {
  backend().Write("CREATE TABLE t (x BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
  EXPECT_EQ(*Insert("x", arrow::int64(), "[7]"), 1);
  EXPECT_EQ(*Insert("x", arrow::int64(), "[7, 8]",
                    {.table = "t", .conflict = InsertSpec::Conflict::kSkip}),
            1);
  EXPECT_EQ(Joined("SELECT x FROM t ORDER BY x"), "7, 8");
}

TEST_F(PostgresInsert, RoleThatMayOnlyInsertCan) {
  backend().Write("CREATE TABLE t (x DATE); CREATE ROLE clerk LOGIN; GRANT INSERT ON t TO clerk");
  std::string uri = backend().uri();
  uri.replace(uri.find("postgres@"), 8, "clerk");
  {
    const auto database = *Open(uri, {.read_only = false}, run().cancel());
    const auto schema = arrow::schema({arrow::field("x", arrow::utf8())});
    const auto batch = dataset::testing::Rows(schema, {R"(["2024-02-29"])"});
    const auto rows = sql::Insert(database, {.table = "t"},
                                  std::make_shared<BatchSource>(schema, std::vector{batch}), run());
    EXPECT_EQ(rows.ValueOr(-1), 1) << rows.status().ToString();
  }
  EXPECT_EQ(Joined("SELECT x FROM t"), "2024-02-29");
  backend().Write("DROP OWNED BY clerk; DROP ROLE clerk");
}

// A writer of one column of integers, and what keeps it going until something happens to it.
class PostgresCopy : public PostgresInsert {
 protected:
  PostgresCopy() {
    backend().Write("CREATE TABLE t (x BIGINT)");
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < 50000; ++i) EXPECT_TRUE(builder.Append(i).ok());
    batch_ = arrow::RecordBatch::Make(schema_, 50000, {*builder.Finish()});
  }
  std::unique_ptr<TableWriter> OpenWriter(const DatabasePtr& database) {
    auto writer = database->OpenTable({.table = "t"}, schema_, run());
    EXPECT_TRUE(writer.ok()) << writer.status().ToString();
    return writer.ok() ? std::move(*writer) : nullptr;
  }
  Status WriteUntilItFails(TableWriter& writer) {
    Status status;
    while (status.ok()) status = writer.Write(batch_);
    return status;
  }
  const dataset::SchemaPtr schema_ = arrow::schema({arrow::field("x", arrow::int64())});
  dataset::BatchPtr batch_;
};

TEST_F(PostgresCopy, ServerThatDiesIsAnErrorAndNothingIsKept) {
  {
    const auto writer = OpenWriter(writable());
    ASSERT_TRUE(writer->Write(batch_).ok());
    backend().Write(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    const Status status = WriteUntilItFails(*writer);
    EXPECT_EQ(KindOf(status), ErrorKind::kDatabase) << status.ToString();
    EXPECT_TRUE(IsRetryable(status));
  }
  EXPECT_EQ(Joined("SELECT count(*) FROM t"), "0");
  EXPECT_EQ(*Insert("x", arrow::int64(), "[1]"), 1);
}

TEST_F(PostgresCopy, RefusedRowEndsTheWritingSoon) {
  backend().Write("ALTER TABLE t ADD CHECK (x <> 7)");
  const auto writer = OpenWriter(writable());
  const Status status = WriteUntilItFails(*writer);
  EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("row 8"));
}

TEST_F(PostgresCopy, NoticesOfTriggersDoNotEndIt) {
  backend().Write(
      "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " IF NEW.x % 10000 = 0 THEN RAISE NOTICE 'row %', NEW.x; END IF; RETURN NEW; END $$;"
      "CREATE TRIGGER tell BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tell()");
  const auto writer = OpenWriter(writable());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->Write(batch_).ok());
  EXPECT_EQ(*writer->Finish(), 500000);
}

TEST_F(PostgresCopy, StatementTimeoutCounts) {
  const auto database = Connect({.statement_timeout_s = 0.2, .read_only = false});
  const auto writer = OpenWriter(database);
  const Status status = WriteUntilItFails(*writer);
  EXPECT_EQ(KindOf(status), ErrorKind::kTimeout) << status.ToString();
}

TEST_F(PostgresCopy, CancelEndsAWaitForALock) {
  const auto holder = Connect({.read_only = false});
  ASSERT_TRUE(holder->Begin(run().cancel()).ok());
  ASSERT_TRUE(holder->Execute("LOCK TABLE t", {}, run().cancel()).ok());
  dataset::RunContext own({});
  std::thread stop([&] {
    const auto locks = Connect();
    const QuerySpec waiting{.sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"};
    while (Rows(Query(Connect(), waiting)).ValueOr({"0"}) == std::vector<std::string>{"0"}) {
    }
    own.cancel().Cancel();
  });
  const auto writer = writable()->OpenTable({.table = "t"}, schema_, own);
  stop.join();
  EXPECT_EQ(KindOf(writer.status()), ErrorKind::kInterrupted) << writer.status().ToString();
}

TEST_F(PostgresCopy, OtherStatementsGoOnBesideIt) {
  const auto writer = OpenWriter(writable());
  ASSERT_TRUE(writer->Write(batch_).ok());
  ASSERT_TRUE(writable()->Execute("CREATE TABLE u (x BIGINT)", {}, run().cancel()).ok());
  EXPECT_EQ(*writer->Finish(), 50000);
}

}  // namespace
}  // namespace tideway::sql::postgres
