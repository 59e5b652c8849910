#include "core/binding/value.h"

#include <arrow/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>

#include <nlohmann/json.hpp>

#include "core/binding/runtime_fixture.h"

namespace tideway::binding {
namespace {

using testing::HasSubstr;
using Json = nlohmann::ordered_json;
using TypePtr = std::shared_ptr<arrow::DataType>;

std::shared_ptr<arrow::Table> OneColumn(const TypePtr& type, const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  return arrow::Table::Make(arrow::schema({arrow::field("v", type)}), {*array});
}

class ValueTest : public RuntimeTest {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(arrow::compute::Initialize().ok()); }

  // Pushes all rows of `table` as a list.
  void PushRows(const arrow::Table& table) {
    auto batch = *table.CombineChunksToBatch();
    RowPusher rows(L_, batch->schema());
    lua_newtable(L_);
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      Status status = rows.Push(*batch, i);
      ASSERT_TRUE(status.ok()) << status.ToString();
      lua_rawseti(L_, -2, static_cast<int>(i) + 1);
    }
  }
  Result<std::shared_ptr<arrow::Table>> Rows(const std::string& text) {
    RETURN_NOT_OK(Run("return " + text, 1));
    auto table = RowsToTable(L_, -1);
    lua_pop(L_, 1);
    return table;
  }
  // The types of the columns of `text`'s rows, or the error.
  std::string Types(const std::string& text) {
    auto table = Rows(text);
    if (!table.ok()) return table.status().message();
    std::string types;
    for (const auto& field : (*table)->schema()->fields()) {
      types += (types.empty() ? "" : ", ") + field->ToString();
    }
    return types;
  }
  std::string EncodeJson(const std::string& text) {
    Status status = Run("return " + text, 1);
    if (!status.ok()) return status.message();
    auto json = ToJson(L_, -1);
    lua_pop(L_, 1);
    return json.ok() ? json->dump() : json.status().message();
  }
  std::string JsonThroughLua(const std::string& text) {
    const int top = lua_gettop(L_);
    PushJson(L_, Json::parse(text));
    auto json = ToJson(L_, -1);
    lua_settop(L_, top);
    return json.ok() ? json->dump() : json.status().ToString();
  }
};

struct RoundTrip {
  const char* name;
  TypePtr type;
  const char* values;
  bool inferred = true;  // the type comes back without a declaration
};

class RoundTripTest : public ValueTest, public testing::WithParamInterface<RoundTrip> {};

TEST_P(RoundTripTest, ComesBackWithItsTypeDeclared) {
  auto table = OneColumn(GetParam().type, GetParam().values);
  PushRows(*table);
  auto back = RowsToTable(L_, -1, table->schema()->fields());
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  ASSERT_TRUE((*back)->ValidateFull().ok());
  EXPECT_TRUE((*back)->Equals(*table)) << (*back)->ToString() << table->ToString();
}

TEST_P(RoundTripTest, ComesBackInferred) {
  if (!GetParam().inferred) return;
  auto table = OneColumn(GetParam().type, GetParam().values);
  PushRows(*table);
  auto back = RowsToTable(L_, -1);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_TRUE((*back)->Equals(*table)) << (*back)->ToString() << table->ToString();
}

using namespace arrow;  // NOLINT: the factories of types, in the table below

const RoundTrip kRoundTrips[] = {
    {"bool", boolean(), "[true, false, null]"},
    {"int8", int8(), "[-128, 127, null]", false},
    {"int16", int16(), "[-32768, 32767, null]", false},
    {"int32", int32(), "[-2147483648, 2147483647, null]", false},
    {"int64", int64(),
     "[-9223372036854775808, 9223372036854775807, 9007199254740993, -9007199254740993, 0, null]"},
    {"uint8", uint8(), "[0, 255, null]", false},
    {"uint16", uint16(), "[0, 65535, null]", false},
    {"uint32", uint32(), "[0, 4294967295, null]", false},
    {"uint64", uint64(), "[0, 18446744073709551615, 9223372036854775808, null]"},
    {"half", float16(), "[1.5, 0, null]", false},
    {"float", float32(), "[1.5, 1.0, null]", false},
    {"double", float64(), "[1.0, 2.0, -0.5, 1e300, null]"},
    {"string", utf8(), "[\"\", \"a\\u0000b\", \"नमस्ते\", null]"},
    {"large_string", large_utf8(), "[\"\", \"x\", null]", false},
    {"string_of_null_only", null(), "[null, null]"},
    {"large_binary", large_binary(), "[\"x\", null]", false},
    {"fixed_binary", fixed_size_binary(2), "[\"xy\", null]", false},
    {"date32", date32(), "[0, -719162, 19000, null]"},
    {"date64", date64(), "[0, -86400000, 86400000, null]", false},
    {"timestamp_s", timestamp(TimeUnit::SECOND), "[\"1969-12-31T23:59:59\", null]"},
    {"timestamp_ms", timestamp(TimeUnit::MILLI), "[\"1969-12-31T23:59:59.999\", null]"},
    {"timestamp_us_utc", timestamp(TimeUnit::MICRO, "UTC"),
     "[\"2262-01-01T00:00:00.000001Z\", \"0001-01-01T00:00:00Z\", null]"},
    {"timestamp_ns", timestamp(TimeUnit::NANO), "[\"1969-12-31T23:59:59.999999999\", null]"},
    {"timestamp_zone", timestamp(TimeUnit::NANO, "Asia/Kathmandu"),
     "[\"2024-02-29T12:00:00.123456789\", null]"},
    {"time32_s", time32(TimeUnit::SECOND), "[86399, null]"},
    {"time32_ms", time32(TimeUnit::MILLI), "[86399999, null]"},
    {"time64_us", time64(TimeUnit::MICRO), "[1, null]"},
    {"time64_ns", time64(TimeUnit::NANO), "[1, null]"},
    {"duration_s", duration(TimeUnit::SECOND), "[-1, 5, null]"},
    {"duration_ns", duration(TimeUnit::NANO), "[-1, 9223372036854775807, null]"},
    {"decimal32", decimal32(5, 2), "[\"-123.45\", null]", false},
    {"decimal64", decimal64(12, 2), "[\"-123.45\", null]", false},
    {"decimal128", decimal128(20, 3), "[\"-0.001\", \"12345678901234567.000\", null]"},
    {"decimal256", decimal256(60, 3), "[\"-0.001\", null]"},
    {"list", list(field("item", int64())), "[[1, null], [], null]"},
    {"list_of_floats", list(field("item", float64())), "[[1.0, 2.0], [], null]"},
    {"list_of_lists", list(field("item", list(field("item", utf8())))), "[[[\"a\"], []], [null]]"},
    {"large_list", large_list(field("item", int64())), "[[1], [], null]", false},
    {"fixed_list", fixed_size_list(field("item", int64()), 2), "[[1, 2], null]", false},
    {"struct", struct_({field("z", int64()), field("a", float64())}),
     "[{\"z\": 1, \"a\": 2.0}, {\"z\": null, \"a\": null}, null]"},
    {"list_of_structs", list(field("item", struct_({field("k", utf8())}))), "[[{\"k\": \"v\"}]]"},
    {"map", map(utf8(), int64()), "[[[\"a\", 1], [\"b\", null]], [], null]", false},
};

INSTANTIATE_TEST_SUITE_P(Types, RoundTripTest, testing::ValuesIn(kRoundTrips),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(ValueTest, ADictionaryCellIsTheValueItStandsFor) {
  auto type = dictionary(int32(), utf8());
  auto table = OneColumn(type, "[\"b\", \"a\", \"b\", null]");
  PushRows(*table);
  auto plain = RowsToTable(L_, -1);
  ASSERT_TRUE(plain.ok()) << plain.status().ToString();
  EXPECT_EQ((*plain)->schema()->field(0)->type()->ToString(), "string");
  auto declared = RowsToTable(L_, -1, table->schema()->fields());
  ASSERT_TRUE(declared.ok()) << declared.status().ToString();
  EXPECT_TRUE((*declared)->schema()->Equals(*table->schema()));
}

TEST_F(ValueTest, BytesThatAreNoTextAreBinary) {
  EXPECT_EQ(Types("{{v='\\255'}, {v='a'}}"), "v: binary");
  EXPECT_EQ(Types("{{v='a'}}"), "v: string");
}

TEST_F(ValueTest, IntegersAndFloatsMixedAreFloat64) {
  EXPECT_EQ(Types("{{v=1}, {v=1.5}}"), "v: double");
  EXPECT_EQ(Types("{{v=1}, {v=2}}"), "v: int64");
  EXPECT_EQ(Types("{{v=1}, {v=18446744073709551615ULL}}"), "v: uint64");
}

TEST_F(ValueTest, AnIntegerThatNoFloatHoldsIsNotRoundedInAFloatColumn) {
  EXPECT_EQ(Types("{{v=1.5}, {v=9007199254740993LL}}"),
            "from_rows: column `v`, row 2: a int64 is not of type double");
}

TEST_F(ValueTest, MissingAndNullCellsAreNull) {
  auto table = Rows("{{a=1}, {b='x', a=require('tideway').null}}");
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_EQ((*table)->schema()->ToString(), "a: int64\nb: string");
  EXPECT_EQ((*table)->column(0)->null_count(), 1);
  EXPECT_EQ((*table)->column(1)->null_count(), 1);
}

TEST_F(ValueTest, ColumnsAreDeclaredOnesThenSorted) {
  EXPECT_EQ(Types("{{b=1, a=1, c=1}}"), "a: int64, b: int64, c: int64");
}

TEST_F(ValueTest, MixturesNameColumnRowAndBothTypes) {
  EXPECT_EQ(Types("{{n=1}, {n='x'}}"),
            "from_rows: column `n`, row 2: string among values of type int64");
  EXPECT_EQ(Types("{{n={1, 'x'}}}"),
            "from_rows: column `n`, row 1: element 2: string among values of type int64");
  EXPECT_EQ(Types("{{n=print}}"),
            "from_rows: column `n`, row 1: a function cannot be stored in a column");
  EXPECT_EQ(Types("{{n={k=print}}}"),
            "from_rows: column `n`, row 1: `k`: a function cannot be stored in a column");
}

TEST_F(ValueTest, RowsThatAreNoRowsAreErrors) {
  EXPECT_EQ(Types("{1}"), "from_rows: row 1 must be a table, not number");
  EXPECT_EQ(Types("{{1, 2}}"),
            "from_rows: row 1 is a list; a row is a table of column names and values");
  EXPECT_EQ(Types("'x'"), "from_rows: rows must be a list, not string");
  EXPECT_EQ(Types("{}"), "");
}

TEST_F(ValueTest, KeysThatRowsWouldLeaveOutAreErrors) {
  const std::string list =
      "from_rows: rows must be a list without holes, not a table with the key ";
  EXPECT_EQ(Types("{a=1, b=2}").substr(0, list.size() + 1), list + "`");
  EXPECT_EQ(Types("{{a=1}, x=2}"), list + "`x`");
  EXPECT_EQ(Types("{{a=1}, [4]={a=2}}"), list + "`4`");
  EXPECT_EQ(Types("{{a=1}, {a=2, [true]=3}}"),
            "from_rows: row 2: a column name must be a string, not boolean");
}

TEST_F(ValueTest, AValueThatDoesNotFitItsDeclaredTypeIsAnError) {
  struct Case {
    TypePtr type;
    const char* value;
    const char* message;
  };
  const Case cases[] = {
      {int8(), "300", "300 is not of type int8"},
      {uint8(), "-1", "-1 is not of type uint8"},
      {int64(), "1.5", "1.5 is not of type int64"},
      {int64(), "'1'", "a string is not of type int64"},
      {float64(), "'1'", "a string is not of type double"},
      {utf8(), "1", "1 is not of type string"},
      {utf8(), "'\\255'", "text is not valid UTF-8"},
      {boolean(), "1", "1 is not of type bool"},
      {fixed_size_binary(2), "'x'", "a string is not of type fixed_size_binary[2]"},
      {list(int64()), "{1, 'x'}", "element 2: a string is not of type int64"},
      {struct_({field("k", int64())}), "{k='x'}", "`k`: a string is not of type int64"},
      {date32(), "'2024-01-01'", "a string is not of type date32[day]"},
      {timestamp(TimeUnit::MICRO), "1", "1 is not of type timestamp[us]"},
  };
  for (const Case& c : cases) {
    ASSERT_TRUE(Run(std::string("return {{v=") + c.value + "}}", 1).ok());
    auto table = RowsToTable(L_, -1, {field("v", c.type)});
    ASSERT_FALSE(table.ok()) << c.value;
    EXPECT_EQ(table.status().message(), std::string("from_rows: column `v`, row 1: ") + c.message);
    EXPECT_EQ(KindOf(table.status()), ErrorKind::kData);
    lua_pop(L_, 1);
  }
}

TEST_F(ValueTest, JsonKeepsFloatsOrderEmptyArraysAndBigIntegers) {
  for (const char* text :
       {"1", "1.5", "null", "true", "\"x\"", "[]", "{}", "[1,1.0,2]", "{\"b\":1.0,\"a\":1}",
        "{\"z\":[],\"y\":{},\"x\":[[],{}]}", "[9007199254740993,-9223372036854775808]",
        "[18446744073709551615]", "[1e+300,-0.5]", "{\"a\":{\"c\":2.0,\"b\":[3.0]}}"}) {
    EXPECT_EQ(JsonThroughLua(text), text);
  }
}

TEST_F(ValueTest, JsonOfPlainTablesSortsKeys) {
  EXPECT_EQ(EncodeJson("{b=1, a={1,2}, c={}}"), "{\"a\":[1,2],\"b\":1,\"c\":{}}");
  EXPECT_EQ(EncodeJson("9007199254740993LL"), "9007199254740993");
}

TEST_F(ValueTest, WhatJsonCannotHoldIsAnErrorWithItsPath) {
  EXPECT_EQ(EncodeJson("{a={b={1, print}}}"), "json: cannot encode a function at `a.b[2]`");
  EXPECT_EQ(EncodeJson("{a=0/0}"), "json: NaN has no form at `a`");
  EXPECT_EQ(EncodeJson("{1/0}"), "json: infinity has no form at `[1]`");
  EXPECT_EQ(EncodeJson("{1, 2, x=3}"), "json: table mixes list and named entries, or has holes");
  EXPECT_EQ(EncodeJson("{[1.5]=1}"), "json: keys must be strings");
  EXPECT_EQ(EncodeJson("{a={[1.5]=1}}"), "json: keys must be strings at `a`");
  const std::string cycle = EncodeJson("(function() local t = {} t.t = t return t end)()");
  EXPECT_THAT(cycle, HasSubstr("a cycle at `t.t.t."));
  EXPECT_LT(cycle.size(), 120U);
}

TEST_F(ValueTest, NullIsOneValueThatPrintsAndIsTrue) {
  EXPECT_EQ(Eval("local tw = require 'tideway' return tostring(tw.null)"), "null");
  EXPECT_EQ(Eval("local tw = require 'tideway' return tw.null == tw.null and tw.null ~= nil"),
            "true");
}

}  // namespace
}  // namespace tideway::binding
