// Every type at its edges, from a real server to Arrow.
#include <arrow/api.h>

#include "core/sql/backend_test.h"

namespace tideway::sql::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PostgresTypes : public testing::Test, public SqlTest {
 protected:
  PostgresTypes() : SqlTest(MakePostgresBackend()) {}

  // "int64: 7" for `SELECT 7::int8`; the error where there is one.
  std::string Value(const std::string& expression) {
    const std::string sql = "SELECT " + expression + " AS x";
    auto rows = Rows(sql);
    if (!rows.ok()) return ErrorText(rows.status());
    const std::string column = Columns(sql);
    return column.substr(column.find(':') + 2) + ": " + rows->at(0);
  }
  std::string ValueAs(const std::string& expression, const std::string& type) {
    auto plan =
        Query(database(), {.sql = "SELECT " + expression + " AS x", .types = {{"x", type}}});
    auto rows = Rows(plan);
    return rows.ok() ? rows->at(0) : ErrorText(rows.status());
  }
};

TEST_F(PostgresTypes, Integers) {
  EXPECT_EQ(Value("(-32768)::int2"), "int16: -32768");
  EXPECT_EQ(Value("2147483647"), "int32: 2147483647");
  EXPECT_EQ(Value("(-9223372036854775808)::int8"), "int64: -9223372036854775808");
  EXPECT_EQ(Value("4294967295::oid"), "uint32: 4294967295");
}

TEST_F(PostgresTypes, TimesBeyond64BitsAreAnError) {
  for (const std::string type : {"timestamp", "timestamptz"}) {
    EXPECT_THAT(Value("'294276-12-31 00:00:00+00'::" + type),
                HasSubstr("row 1 holds a time after the year 294246"));
    EXPECT_TRUE(Rows("SELECT '294246-12-31 00:00:00+00'::" + type + " AS x").ok());
  }
}

TEST_F(PostgresTypes, Floats) {
  EXPECT_EQ(Value("1.5::float4"), "float: 1.5");
  EXPECT_EQ(Value("'NaN'::float8"), "double: nan");
  EXPECT_EQ(Value("'-Infinity'::float8"), "double: -inf");
  EXPECT_EQ(Value("0.1::float8"), "double: 0.1");
}

TEST_F(PostgresTypes, Booleans) {
  EXPECT_EQ(Value("true"), "bool: true");
  EXPECT_EQ(Value("NULL::bool"), "bool: null");
}

TEST_F(PostgresTypes, Texts) {
  EXPECT_EQ(Value("'नमस्ते'::text"), "string: नमस्ते");
  EXPECT_EQ(Value("''::text"), "string: ");
  EXPECT_EQ(Value("'x'::char(4)"), "string: x   ");
  EXPECT_EQ(Value("'x'::varchar(9)"), "string: x");
  EXPECT_EQ(Value("'x'::name"), "string: x");
  EXPECT_EQ(Value("'c'::\"char\""), "string: c");
  EXPECT_EQ(Value("''::\"char\""), "string: ");
  EXPECT_EQ(Value("'<a/>'::xml"), "string: <a/>");
  EXPECT_EQ(Value("'{\"b\":2}'::json"), "string: {\"b\":2}");
  EXPECT_EQ(Value("'{\"b\":2}'::jsonb"), "string: {\"b\": 2}");
}

TEST_F(PostgresTypes, BytesAndUuids) {
  EXPECT_EQ(Columns("SELECT '\\x00ff'::bytea AS x"), "x: binary");
  EXPECT_EQ(Value("octet_length('\\x00ff'::bytea)"), "int32: 2");
  const std::string uuid = "550e8400-e29b-41d4-a716-446655440000";
  EXPECT_EQ(Value("'" + uuid + "'::uuid"), "string: " + uuid);
  auto plan =
      Query(database(), {.sql = "SELECT '" + uuid + "'::uuid AS x", .types = {{"x", "binary"}}});
  EXPECT_EQ((*plan->schema(run()))->field(0)->type()->ToString(), "fixed_size_binary[16]");
}

TEST_F(PostgresTypes, DatesAndTimes) {
  EXPECT_EQ(Value("'1969-12-31'::date"), "date32[day]: 1969-12-31");
  EXPECT_EQ(Value("'5874897-12-31'::date - '2000-01-01'::date"), "int32: 2145031948");
  EXPECT_EQ(Value("'2024-02-29 12:34:56.789012'::timestamp"),
            "timestamp[us]: 2024-02-29 12:34:56.789012");
  EXPECT_EQ(Value("'2024-02-29 12:00:00+05:45'::timestamptz"),
            "timestamp[us, tz=UTC]: 2024-02-29 06:15:00.000000Z");
  EXPECT_EQ(Value("'13:45:00.5'::time"), "time64[us]: 13:45:00.500000");
  EXPECT_EQ(Value("'13:45:00.5+05:45'::timetz"), "string: 13:45:00.5+05:45");
  EXPECT_EQ(Value("'13:45:00-08'::timetz"), "string: 13:45:00-08");
  EXPECT_EQ(Value("'1 month 2 days 3 seconds'::interval"),
            "month_day_nano_interval: 1M2d3000000000ns");
}

TEST_F(PostgresTypes, InfiniteDatesBecomeNull) {
  EXPECT_EQ(Value("'infinity'::date"), "date32[day]: null");
  EXPECT_EQ(Value("'-infinity'::timestamptz"), "timestamp[us, tz=UTC]: null");
}

TEST_F(PostgresTypes, Numerics) {
  EXPECT_EQ(Value("12345.6789::numeric(12,6)"), "decimal128(12, 6): 12345.678900");
  EXPECT_EQ(Value("(-0.001)::numeric(12,3)"), "decimal128(12, 3): -0.001");
  EXPECT_EQ(Value("NULL::numeric(12,3)"), "decimal128(12, 3): null");
  EXPECT_EQ(Value("12345::numeric(3,-2)"), "decimal128(5, 0): 12300");
  EXPECT_EQ(Value("0.00012::numeric(2,5)"), "decimal128(5, 5): 0.00012");
  EXPECT_EQ(Value("12345678901234567890.5::numeric"), "string: 12345678901234567890.5");
  EXPECT_EQ(Value("1::numeric(50,2)"), "string: 1.00");
  EXPECT_EQ(Value("'NaN'::numeric"), "string: NaN");
  EXPECT_THAT(Value("'NaN'::numeric(12,3)"),
              HasSubstr("column `x` is decimal128(12, 3), but row 1"));
}

TEST_F(PostgresTypes, NumericsReadAsTheQueryAsks) {
  EXPECT_EQ(ValueAs("(SELECT avg(i) FROM generate_series(1, 4) i)", "float64"), "2.5");
  EXPECT_EQ(ValueAs("'Infinity'::numeric", "float64"), "inf");
  EXPECT_EQ(ValueAs("1.50::numeric(5,2)", "string"), "1.50");
}

TEST_F(PostgresTypes, Networks) {
  EXPECT_EQ(Value("'10.0.0.1'::inet"), "string: 10.0.0.1");
  EXPECT_EQ(Value("'10.0.0.1/8'::inet"), "string: 10.0.0.1/8");
  EXPECT_EQ(Value("'10.0.0.1/32'::cidr"), "string: 10.0.0.1/32");
  EXPECT_EQ(Value("'fe80::1'::inet"), "string: fe80::1");
  EXPECT_EQ(Value("'08:00:2b:01:02:03'::macaddr"), "string: 08:00:2b:01:02:03");
}

TEST_F(PostgresTypes, Arrays) {
  EXPECT_THAT(Value("ARRAY[1, NULL, 3]"), HasSubstr("list<item: int32>"));
  auto reader = database()->Read({.sql = "SELECT ARRAY[1, NULL, 3] AS x UNION ALL SELECT '{}' "
                                         "UNION ALL SELECT NULL"},
                                 run());
  auto batch = *(*reader)->Read();
  const auto& lists = static_cast<const arrow::ListArray&>(*batch->column(0));
  EXPECT_EQ(lists.value_length(0), 3);
  EXPECT_TRUE(lists.values()->IsNull(1));
  EXPECT_EQ(lists.value_length(1), 0);
  EXPECT_TRUE(lists.IsNull(2));
  EXPECT_THAT(Value("ARRAY['a', 'नम']"), HasSubstr("list<item: string>"));
  EXPECT_THAT(Value("ARRAY[1.5::numeric(5,2)]"), HasSubstr("list<item: decimal128(5, 2)>"));
  EXPECT_THAT(Value("ARRAY[[1, 2], [3, 4]]"), HasSubstr("array of 2 dimensions"));
}

TEST_F(PostgresTypes, EnumsAndDomainsReadAsWhatTheyAre) {
  backend().Write("CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN small AS int2");
  EXPECT_EQ(Value("'happy'::mood"), "string: happy");
  EXPECT_EQ(Value("7::small"), "int16: 7");
}

TEST_F(PostgresTypes, UnknownTypesAreNamedWithTheirColumn) {
  const std::string text = Value("'(1,2)'::point");
  EXPECT_THAT(text, HasSubstr("column `x`"));
  EXPECT_THAT(text, HasSubstr("point"));
  EXPECT_THAT(text, HasSubstr("x::text"));
  EXPECT_THAT(Value("int4range(1, 2)"), HasSubstr("int4range"));
  EXPECT_THAT(Value("ROW(1, 2)"), HasSubstr("record"));
}

TEST_F(PostgresTypes, TypesOptionCannotConvertAtWill) {
  EXPECT_THAT(ValueAs("'x'::text", "int64"), HasSubstr("is string and cannot be read as int64"));
  EXPECT_THAT(ValueAs("1.5::numeric", "int46"), HasSubstr("unknown type `int46`"));
  EXPECT_EQ(ValueAs("'x'::text", "string"), "x");
}

}  // namespace
}  // namespace tideway::sql::postgres
