#include <sstream>

#include "core/base/file.h"
#include "core/binding/row_function_fixture.h"

namespace tideway::binding {
namespace {

using dataset::NodePtr;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(RowFunctionTest, FilterKeepsRowsThatGiveTrue) {
  EXPECT_EQ(Filter("return function(row) return row.id > 2 end"), "[3,4]");
  EXPECT_EQ(Filter("return function(row) return row.name and #row.name > 0 end"), "[1,2]");
  EXPECT_EQ(Filter("return function(row) return true end"), "[1,2,3,4]");
  EXPECT_EQ(Filter("return function(row) return nil end"), "[]");
}

TEST_F(RowFunctionTest, MapAddsAColumnOfTheDeclaredType) {
  EXPECT_EQ(
      Map("return function(row) return { n = row.id * 2 } end, { returns = { n = 'int64' } }", "n"),
      "[2,4,6,8]");
  auto node = MapNode("return function(row) return { n = 1 } end, { returns = { n = 'int8' } }");
  auto schema = (*node)->schema(runtime_->run());
  EXPECT_EQ((*schema)->ToString(), "id: int64\nname: string\nstars: double\nn: int8");
}

TEST_F(RowFunctionTest, NewColumnWithoutATypeIsFloat64) {
  EXPECT_EQ(Map("return function(row) return { n = row.id / 2 } end", "n"), "[0.5,1,1.5,2]");
  EXPECT_EQ(Map("return function(row) local t = {} t.n = row.id return t end, "
                "{ returns = { 'n' } }",
                "n"),
            "[1,2,3,4]");
  EXPECT_THAT(
      Map("return function(row) return { n = 'x' } end", "n"),
      HasSubstr("column `n` is double: the function returned a string (\"x\"); a new column "
                "is float64 unless declared: returns = { n = \"string\" }"));
}

TEST_F(RowFunctionTest, ExistingColumnKeepsItsTypeAndPlace) {
  EXPECT_EQ(Map("return function(row) return { id = row.id + 1 } end", "id"), "[2,3,4,5]");
  EXPECT_THAT(Map("return function(row) return { id = 1.5 } end", "id"),
              HasSubstr("map: column `id` is int64: the function returned a number (1.5)"));
}

TEST_F(RowFunctionTest, DeclaredTypeReplacesThatOfAnExistingColumn) {
  EXPECT_EQ(Map("return function(row) return { id = 'n' .. row.id } end, "
                "{ returns = { id = 'string' } }",
                "id"),
            "[n1,n2,n3,n4]");
}

TEST_F(RowFunctionTest, AbsentKeyKeepsTheOldValue) {
  EXPECT_EQ(Map("return function(row) if row.id > 2 then return { name = 'x' } end return {} end",
                "name"),
            "[Kathmandu,नेपाल,x,x]");
  EXPECT_EQ(Map("return function(row) if row.id > 2 then return { n = 1 } end return { } end", "n"),
            "[null,null,1,1]");
}

TEST_F(RowFunctionTest, ColumnFunctionGetsTheValueAndNilForNull) {
  EXPECT_EQ(Column(ColumnNode("name", "return function(v) return v and v:upper() end"), "name"),
            "[KATHMANDU,नेपाल,null,]");
  EXPECT_EQ(Column(ColumnNode("stars", "return function(v) return v or 0 end"), "stars"),
            "[4.5,0,1,2]");
  EXPECT_EQ(Column(ColumnNode("name",
                              "return function(v) return v and #v end, "
                              "{ returns = 'int32' }"),
                   "name"),
            "[9,15,null,0]");
}

TEST_F(RowFunctionTest, RemedyNamesTheTypeOfTheValue) {
  const std::string declare = "to change the column's type declare it: ";
  for (const auto& [value, type] : std::vector<std::pair<std::string, std::string>>{
           {"v / 2", "float64"}, {"v .. 'x'", "string"}, {"v > 0", "bool"}}) {
    const std::string returned = "\"" + type + "\" }";
    EXPECT_THAT(Column(ColumnNode("id", "return function(v) return " + value + " end"), "id"),
                HasSubstr(declare + "{ returns = " + returned));
    EXPECT_THAT(
        Map("return function(row) local v = row.id return { id = " + value + " } end", "id"),
        HasSubstr(declare + "returns = { id = " + returned));
  }
  EXPECT_THAT(Map("return function(row) return { n = row.id > 0 } end", "n"),
              HasSubstr("unless declared: returns = { n = \"bool\" }"));
  EXPECT_THAT(Column(ColumnNode("id", "return function(v) return {} end"), "id"),
              HasSubstr("column `id` is int64: the function returned a table (row 1)"));
}

TEST_F(RowFunctionTest, IntegerThatFloat64CannotHoldNeedsADeclaredType) {
  Load(arrow::schema({arrow::field("id", arrow::int64()), arrow::field("u", arrow::uint64())}),
       R"([{"id": 9007199254740993, "u": 18446744073709551615}])");
  EXPECT_THAT(Map("return function(row) return { n = row.id } end", "n"),
              HasSubstr("returned a number (9007199254740993); a new column is float64 unless "
                        "declared: returns = { n = \"int64\" }"));
  EXPECT_THAT(Map("return function(row) return { n = row.u } end", "n"),
              HasSubstr("returned a number (18446744073709551615)"));
  EXPECT_EQ(Map("return function(row) return { n = row.id - 1 } end", "n"),
            "[9.007199254740992e+15]");
  EXPECT_EQ(
      Map("return function(row) return { n = row.id } end, { returns = { n = 'int64' } }", "n"),
      "[9007199254740993]");
  EXPECT_EQ(
      Map("return function(row) return { n = row.id } end, { returns = { n = 'float64' } }", "n"),
      "[9.007199254740992e+15]");
}

TEST_F(RowFunctionTest, NestedTypesCannotBeDeclared) {
  EXPECT_THAT(
      Map("return function(row) return { n = 1 } end, { returns = { n = 'list<string>' } }", "n"),
      HasSubstr("map: returns.n: a row function cannot write list<string>"));
  EXPECT_THAT(
      Column(ColumnNode("id", "return function(v) return v end, { returns = 'struct' }"), "id"),
      HasSubstr("map: returns: a row function cannot write struct"));
}

TEST_F(RowFunctionTest, ErrorsSpeakOfTextsAndNumbersNotOfLuaJitsTypes) {
  Load(arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())}),
       R"([{"id": 9007199254740993, "name": "x"}])");
  for (const auto& [expression, expected] : std::vector<std::pair<std::string, std::string>>{
           {"row.name:lowr()", "a text has no method `lowr`; did you mean `lower`?"},
           {"row.name._address", "a text has no method `_address`"},
           {"row.name['_' .. 'size']", "a text has no method `_size`"},
           {"row.name + 1", "arithmetic on a text and number; tonumber(text)"},
           {"row.id + row.name", "arithmetic on number and a text; tonumber(text)"},
           {"-row.name", "arithmetic on a text"},
           {"row.name()", "a text is not callable"},
           {"row.id:add(1)", "a number has no method `add`"},
           {"row.id + nil", "arithmetic on an int64 and 'nil'"},
           {"row.id < nil", "compare an int64 with 'nil'"},
           {"row + 1", "arithmetic on a row or table and 'number'"}}) {
    EXPECT_THAT(Filter("return function(row) return " + expression + " end"), HasSubstr(expected));
  }
}

TEST_F(RowFunctionTest, ConcatTakesStringsTextsAndNumbersOnly) {
  EXPECT_EQ(Each("table.concat({ 'a', row.id, 1.5 }, ' ')"), "[a 1 1.5,a 2 1.5,a 3 1.5,a 4 1.5]");
  for (const char* list : {"{ nil, 'y' }", "{ true }", "{ {} }", "{ math.abs }"}) {
    EXPECT_THAT(Each("table.concat(" + std::string(list) + ", ' ')"),
                HasSubstr("invalid value (at index 1) in table for 'concat'"))
        << list;
  }
  EXPECT_THAT(Each("table.concat({ row.name, 'y' }, ' ')"),
              HasSubstr("(at index 1) in table for 'concat' (column `name` is null) (row 3)"));
}

TEST_F(RowFunctionTest, NewColumnThatIsNotDeclaredIsAnError) {
  const char* const expected = "the function returned a new column `m`; declare its type";
  EXPECT_THAT(Map("return function(row) local t = { } if row.id > 2 then t.m = 1 end "
                  "local u = t return u end",
                  "m"),
              HasSubstr(expected));
  EXPECT_THAT(Map("return function(row) local t = {} t['m' .. ''] = 1 return t end", "m"),
              HasSubstr(expected));
}

TEST_F(RowFunctionTest, ResultThatIsNoTableIsAnError) {
  EXPECT_THAT(Map("return function(row) return row.id end", "id"),
              HasSubstr("map: the function must return a table of columns, not a number (1)"));
  EXPECT_THAT(Map("return function(row) end", "id"), HasSubstr("not nil"));
}

TEST_F(RowFunctionTest, RunTimeErrorNamesRowLineAndColumn) {
  auto result =
      Collect(FilterNode("local k = 1\nreturn function(row)\n  return row.stars > 2\nend"));
  EXPECT_EQ(result.status().message(),
            "filter: attempt to compare number with nil (column `stars` is null) (row 2)");
  EXPECT_EQ(GetErrorDetail(result.status())->where, "test.lua:3");
  EXPECT_EQ(KindOf(result.status()), ErrorKind::kScript);
}

TEST_F(RowFunctionTest, UnknownColumnIsCorrected) {
  EXPECT_THAT(
      Filter("return function(row) return row.star > 2 end"),
      HasSubstr("filter: no column `star`; did you mean `stars`?; the columns are id, name, "
                "stars"));
  EXPECT_THAT(Filter("return function(row) return row[1] end"), HasSubstr("no column `1`"));
  EXPECT_THAT(Column(ColumnNode("nam", "return function(v) return v end"), "nam"),
              HasSubstr("no column `nam`; did you mean `name`?"));
}

TEST_F(RowFunctionTest, RowIsReadOnly) {
  EXPECT_THAT(Filter("return function(row) row.id = 2 return true end"),
              HasSubstr("a row is read-only: return { id = ... } instead"));
}

TEST_F(RowFunctionTest, TextViewsCompareLikeStrings) {
  EXPECT_EQ(Each("row.name == 'Kathmandu'"), "[true,false,false,false]");
  EXPECT_EQ(Each("'Kathmandu' == row.name"), "[true,false,false,false]");
  EXPECT_EQ(Each("row.name == nil"), "[false,false,true,false]");
  EXPECT_EQ(Each("row.name == 5"), "[false,false,false,false]");
  EXPECT_EQ(Each("row.name == row.name"), "[true,true,true,true]");
  EXPECT_EQ(Each("row.name and row.name < 'L'"), "[true,false,nil,true]");
  EXPECT_EQ(Each("row.name and row.name >= 'Kathmandu'"), "[true,true,nil,false]");
  EXPECT_THAT(Each("row.name < 5"), HasSubstr("attempt to compare string with number"));
}

TEST_F(RowFunctionTest, TextMethodsGiveWhatStringsGive) {
  Load(arrow::schema({arrow::field("t", arrow::utf8())}),
       R"([{"t": "  Hello, World "}, {"t": ""}, {"t": "aXbXXc"}])");
  for (const char* call : {":lower()",
                           ":upper()",
                           ":sub(2)",
                           ":sub(-3)",
                           ":sub(3, -2)",
                           ":sub(0)",
                           ":sub(5, 2)",
                           ":sub(-100, 100)",
                           ":len()",
                           ":byte()",
                           ":byte(3)",
                           ":byte(-1)",
                           ":byte(99)",
                           ":find('X')",
                           ":find('X', 3)",
                           ":find('l+')",
                           ":find('.', 1, true)",
                           ":find('', 3)",
                           ":find('o', -4)",
                           ":find('', 99)",
                           ":match('%a+')",
                           ":gsub('X', '-')",
                           ":rep(2)",
                           ":reverse()"}) {
    EXPECT_EQ(Each(std::string("row.t") + call), Each(std::string("tostring(row.t)") + call))
        << call;
  }
  EXPECT_EQ(Each("row.t:trim()"), "[Hello, World,,aXbXXc]");
  EXPECT_EQ(Each("row.t:count('X')"), "[0,0,3]");
  EXPECT_EQ(Each("row.t:count('XX')"), "[0,0,1]");
  EXPECT_EQ(Each("row.t:starts_with('aX')"), "[false,false,true]");
  EXPECT_EQ(Each("row.t:ends_with('c')"), "[false,false,true]");
  EXPECT_EQ(Each("row.t:ends_with('')"), "[true,true,true]");
  EXPECT_EQ(Each("'<' .. row.t .. '>' .. 1"), "[<  Hello, World >1,<>1,<aXbXXc>1]");
  EXPECT_EQ(Each("#row.t"), "[15,0,6]");
  EXPECT_EQ(Each("type(row.t)"), "[string,string,string]");
  EXPECT_EQ(Each("string.lower(row.t)"), "[  hello, world ,,axbxxc]");
  EXPECT_EQ(Each("table.concat({ row.t, 1 }, '|')"), "[  Hello, World |1,|1,aXbXXc|1]");
  EXPECT_EQ(Each("('%s'):format(row.t)"), "[  Hello, World ,,aXbXXc]");
}

TEST_F(RowFunctionTest, MethodsOfViewsWorkOnStringsToo) {
  EXPECT_EQ(Each("(' x '):trim()"), "[x,x,x,x]");
  EXPECT_EQ(Each("('a.b.c'):count('.')"), "[2,2,2,2]");
  EXPECT_EQ(Each("('abc'):starts_with(('ab'))"), "[true,true,true,true]");
  EXPECT_EQ(Each("('abc'):ends_with('bc')"), "[true,true,true,true]");
}

TEST_F(RowFunctionTest, UnknownMethodIsAnErrorAtItsLine) {
  auto result = Collect(FilterNode("return function(row)\n return row.name:lowr() end"));
  EXPECT_THAT(result.status().message(), HasSubstr("lowr"));
  EXPECT_EQ(GetErrorDetail(result.status())->where, "test.lua:2");
}

TEST_F(RowFunctionTest, ViewCannotBeKeptBeyondItsRow) {
  EXPECT_THAT(Filter("local keep = { false }\n"
                     "local function put(t, v) local old = t[1] t[1] = v return old end\n"
                     "return function(row) local old = put(keep, row.name or 'x')\n"
                     "return old and #old > 0 end"),
              HasSubstr("the function writes to `keep` (key `1`), a table from outside it"));
}

TEST_F(RowFunctionTest, ShippedTableFindsTheTextOfAView) {
  EXPECT_EQ(Map("local numbers = { Kathmandu = 7, ['नेपाल'] = 8 }\n"
                "return function(row) return { n = numbers[row.name or ''] } end",
                "n"),
            "[7,8,null,null]");
}

TEST_F(RowFunctionTest, ShippedLabelsGiveIdsAndNames) {
  const std::string labels =
      "local labels = setmetatable({ list = { 'Kathmandu', 'Patan' } }, { __name = "
      "'tideway.Labels' })\n";
  EXPECT_EQ(Map(labels + "return function(row) return { n = labels:has(row.name or '') and "
                         "labels:id(row.name) or labels.count } end",
                "n"),
            "[0,2,2,2]");
  EXPECT_EQ(Map(labels + "return function(row) return { name = labels:name(1) } end", "name"),
            "[Patan,Patan,Patan,Patan]");
  EXPECT_THAT(Filter(labels + "return function(row) return labels:id('Kathmandi') end"),
              HasSubstr("filter: labels: unknown label: Kathmandi; did you mean `Kathmandu`?"));
}

TEST_F(RowFunctionTest, NullMakesTheCellNull) {
  EXPECT_EQ(Map("local tw = require 'tideway'\n"
                "return function(row) return { name = row.id > 1 and tw.null or 'x' } end",
                "name"),
            "[x,null,null,null]");
}

TEST_F(RowFunctionTest, EveryTypeRoundTrips) {
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, std::string>> cases = {
      {arrow::int8(), "[-128,127,null]"},
      {arrow::uint8(), "[0,255,null]"},
      {arrow::int16(), "[-32768,32767,null]"},
      {arrow::uint16(), "[0,65535,null]"},
      {arrow::int32(), "[-2147483648,2147483647,null]"},
      {arrow::uint32(), "[0,4294967295,null]"},
      {arrow::int64(), "[-9223372036854775808,9223372036854775807,9007199254740993,null]"},
      {arrow::uint64(), "[0,18446744073709551615,9007199254740993,null]"},
      {arrow::float32(), "[1.5,-0.25,null]"},
      {arrow::float64(), "[1e300,-0.1,null]"},
      {arrow::boolean(), "[true,false,null]"},
      {arrow::utf8(), R"(["a","","नेपाल",null])"},
      {arrow::large_utf8(), R"(["a","","नेपाल",null])"},
      {arrow::binary(), R"(["a","",null])"},
      {arrow::date32(), "[0,-1,null]"},
      {arrow::timestamp(arrow::TimeUnit::NANO), "[1700000000123456789,-1,null]"},
      {arrow::duration(arrow::TimeUnit::SECOND), "[5,-5,null]"},
  };
  for (const auto& [type, values] : cases) {
    auto array = arrow::json::ArrayFromJSONString(type, values);
    ASSERT_TRUE(array.ok()) << array.status().ToString();
    auto table = arrow::Table::Make(arrow::schema({arrow::field("v", type)}), {*array});
    input_ = dataset::FromTable(table);
    auto mapped = Collect(MapNode("return function(row) return { v = row.v or nil } end"));
    ASSERT_TRUE(mapped.ok()) << mapped.status().ToString();
    auto column = Collect(ColumnNode("v", "return function(v) return v end"));
    ASSERT_TRUE(column.ok()) << column.status().ToString();
    EXPECT_TRUE((*column)->Equals(*table)) << (*column)->ToString();
  }
}

TEST_F(RowFunctionTest, NumbersOutOfRangeAreErrors) {
  for (const char* value : {"128", "-129", "1.5", "0/0", "1/0", "'1'", "true", "{}"}) {
    EXPECT_THAT(Map(std::string("return function(row) return { n = ") + value +
                        " } end, { returns = { n = 'int8' } }",
                    "n"),
                HasSubstr("column `n` is int8: the function returned"))
        << value;
  }
  for (const char* value : {"2^63", "-2^64", "9223372036854775808ULL"}) {
    EXPECT_THAT(Map(std::string("return function(row) return { n = ") + value +
                        " } end, { returns = { n = 'int64' } }",
                    "n"),
                HasSubstr("column `n` is int64: the function returned"))
        << value;
  }
}

TEST_F(RowFunctionTest, TextThatIsNotUtf8IsAnError) {
  EXPECT_THAT(
      Map("return function(row) return { name = row.name and row.name:sub(1, 4) } end", "name"),
      HasSubstr("map: the text for column `name` is not valid UTF-8 (row 2)"));
  // Two halves of a character in adjacent rows are not a character.
  EXPECT_THAT(Map("return function(row) return { name = row.id % 2 == 1 and '\\xe0\\xa4' "
                  "or '\\xa8' } end",
                  "name"),
              HasSubstr("not valid UTF-8 (row 1)"));
}

TEST_F(RowFunctionTest, DictionaryAndDecimalColumnsAreReadable) {
  auto text = *arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["a","b","a"])");
  auto codes = *arrow::compute::DictionaryEncode(text);
  auto price =
      *arrow::json::ArrayFromJSONString(arrow::decimal128(10, 2), R"(["1.50","-2.00",null])");
  input_ = dataset::FromTable(arrow::Table::Make(
      arrow::schema({arrow::field("code", codes.type()), arrow::field("price", price->type())}),
      {codes.make_array(), price}));
  EXPECT_EQ(Each("row.code"), "[a,b,a]");
  EXPECT_EQ(Each("row.price"), "[1.50,-2.00,nil]");
}

TEST_F(RowFunctionTest, NestedColumnCannotBeRead) {
  Load(arrow::schema(
           {arrow::field("l", arrow::list(arrow::int64())), arrow::field("id", arrow::int64())}),
       R"([{"l": [1], "id": 5}])");
  EXPECT_THAT(Filter("return function(row) return row.l end"),
              HasSubstr("column `l` is list<item: int64>, which a row function cannot read"));
  EXPECT_EQ(Filter("return function(row) return row.id end"), "[5]");
}

TEST_F(RowFunctionTest, SlicedBatchIsReadFromItsOffset) {
  auto table = *Collect(Result<NodePtr>(input_));
  input_ = dataset::FromTable(table->Slice(1, 2));
  EXPECT_EQ(Each("row.id"), "[2,3]");
  EXPECT_EQ(Each("row.name"), "[नेपाल,nil]");
  EXPECT_EQ(Each("row.stars"), "[nil,1]");
}

TEST_F(RowFunctionTest, EmptyTableGivesAnEmptyTable) {
  auto table = *Collect(Result<NodePtr>(input_));
  input_ = dataset::FromTable(table->Slice(0, 0));
  EXPECT_EQ(Each("row.id"), "[]");
}

TEST_F(RowFunctionTest, IdentityTellsFunctionsApart) {
  auto identity = [this](const std::string& text) {
    return *(*FilterNode(text))->Identity(runtime_->run());
  };
  const std::string a = identity("local n = 1 return function(row) return row.id > n end");
  EXPECT_EQ(identity("local n = 1 return function(row) return row.id > n end"), a);
  EXPECT_EQ(identity("\n\n  local m = 1 return function(r) return r.id > m end"), a);
  EXPECT_NE(identity("local n = 2 return function(row) return row.id > n end"), a);
  EXPECT_NE(identity("local n = 1 return function(row) return row.id < n end"), a);
}

TEST_F(RowFunctionTest, HostileFunctionsAreErrorsAndNotCrashes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"local function f() return f() + 1 end return function(row) return f() end",
       "stack overflow"},
      {"return function(row) local t = {} for i = 1, 1e9 do t[i] = { i } end end",
       "not enough memory"},
      {"return function(row) local s = 'x' while true do s = s .. s end end", "not enough memory"},
      {"return function(row) return ('x'):rep(1e9) end", "not enough memory"},
      {"return function(row) local v = row.name while true do v = v .. v end end",
       "not enough memory"},
      {"return function(row) error() end", "nil"},
      {"return function(row) error({}) end", "table"},
      {"return function(row) error({ message = 'mine' }) end", "mine"},
      {"return function(row) error('mine') end", "mine"},
      {"return function(row) error('mine', 0) end", "mine"},
      {"return function(row) assert(false, 'mine') end", "mine"},
      {"return function(row) return setmetatable({}, { __index = function(_, k) error(k) end "
       "}).boom end",
       "boom"},
      {"return function(row) return row() end", "call"},
      {"return function(row) return row + 1 end", "arithmetic"},
      {"return function(row) return #row end", "length"},
      {"return function(row) return row.name._address[1] end", "a text has no method `_address`"},
      {"return function(row) row.name._size = 100 end", "a text cannot be changed: `_size`"},
      {"return function(row) row.name.foo = 1 end", "foo"},
      {"return function(row) return row.name() end", "call"},
      {"return function(row) return select('#', unpack({}, 1, 1e8)) end", "too many results"},
      {"return function(row) string.lower = nil end", "cannot be set"},
      {"return function(row) table.insert(math, 1) end", "copy"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_THAT(Filter(text), HasSubstr(expected)) << text;
  }
}

TEST_F(RowFunctionTest, StateStaysUsableAfterACaughtError) {
  EXPECT_EQ(Each("select(2, pcall(error, 'caught', 0))"), "[caught,caught,caught,caught]");
  EXPECT_EQ(Each("(pcall(function() return row.nosuch end))"), "[false,false,false,false]");
}

TEST_F(RowFunctionTest, ResultTableMayMisbehave) {
  EXPECT_THAT(Map("return function(row) return setmetatable({}, { __index = function(_, k) "
                  "error('got ' .. k) end }) end, { returns = { 'n' } }",
                  "n"),
              HasSubstr("got n"));
  EXPECT_EQ(Map("return function(row) return setmetatable({}, { __index = { n = 5 } }) end, "
                "{ returns = { 'n' } }",
                "n"),
            "[5,5,5,5]");
}

TEST_F(RowFunctionTest, WideTablesWork) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::string row;
  std::string result;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "c" + std::to_string(i);
    fields.push_back(arrow::field(name, arrow::int64()));
    row += (i == 0 ? "" : ",") + ("\"" + name + "\":") + std::to_string(i);
    result += name + " = row." + name + " + 1,";
  }
  Load(arrow::schema(fields), "[{" + row + "}]");
  EXPECT_EQ(Map("return function(row) return {" + result + "} end", "c299"), "[300]");
  EXPECT_EQ(
      Each("(function() local n = 0 for name, v in pairs(row) do n = n + v end return n end)()"),
      "[44850]");
}

TEST_F(RowFunctionTest, OddColumnNamesWork) {
  Load(arrow::schema({arrow::field("a\"b\n%d$L", arrow::int64()), arrow::field("", arrow::int64()),
                      arrow::field("end", arrow::int64()), arrow::field("_", arrow::int64())}),
       R"([{"a\"b\n%d$L": 1, "": 2, "end": 3, "_": 4}])");
  EXPECT_EQ(Each(R"(row["a\"b\n%d$L"] + row[""] + row["end"] + row._)"), "[10]");
  EXPECT_EQ(
      Map(R"(return function(row) return { ["a\"b\n%d$L"] = 7, ["%1"] = 1 } end)", "a\"b\n%d$L"),
      "[7]");
}

TEST_F(RowFunctionTest, EveryMethodOfATextIsDocumented) {
  auto docs = ReadFile(TIDEWAY_SOURCE_DIR "/lua/tideway/row.lua");
  ASSERT_TRUE(docs.ok());
  auto names = Map(
      "return function(row) local out = {} for name in pairs(string) do out[#out + 1] = name end "
      "return { out = table.concat(out, ' ') } end, { returns = { out = 'string' } }",
      "out");
  std::istringstream words(names.substr(1, names.find(',') - 1));
  int count = 0;
  for (std::string name; words >> name; ++count) {
    if (name == "char") continue;  // takes numbers
    EXPECT_THAT(*docs, HasSubstr("---@field " + name + " fun(self: tideway.Text")) << name;
  }
  EXPECT_EQ(count, 17);
}

TEST_F(RowFunctionTest, TablesAreVisitedInAFixedOrder) {
  const std::string visit =
      "(function(t) local out = {} for k, v in pairs(t) do out[#out + 1] = tostring(k) end "
      "return table.concat(out, ' ') end)";
  EXPECT_THAT(
      Each(visit + "({ b = 1, a = 2, [10] = 3, [2.5] = 4, [true] = 5, z = 6, [false] = 7 })"),
      StartsWith("[2.5 10 a b z false true,"));
  EXPECT_THAT(Each(visit + "({ 5, 6, 7, nil, 8 })"), StartsWith("[1 2 3 5,"));
  EXPECT_THAT(Each("next({ y = 1, x = 2 })"), StartsWith("[x,"));
  EXPECT_THAT(Each("next({ y = 1, x = 2 }, 'x')"), StartsWith("[y,"));
  EXPECT_THAT(Each("next({})"), StartsWith("[nil,"));
  EXPECT_THAT(Each(visit + "({ [{}] = 1 })"),
              HasSubstr("keys that are a table has no fixed order"));
}

TEST_F(RowFunctionTest, NothingPrintsAnAddress) {
  EXPECT_THAT(Each("{}"), StartsWith("[table,"));
  EXPECT_THAT(Each("function() end"), StartsWith("[function,"));
  EXPECT_THAT(Each("('%s %s %d'):format({}, math.floor, 5)"), StartsWith("[table function 5,"));
  EXPECT_THAT(Each("string.format('%5.3p', {})"), HasSubstr("%p is not available"));
  EXPECT_THAT(Each("-(0/0)"), StartsWith("[nan,"));
}

TEST_F(RowFunctionTest, PowersAreTheSameInEveryRow) {
  arrow::DoubleBuilder values;
  for (int i = 0; i < 20000; ++i) ASSERT_TRUE(values.Append(i * 0.005 + 1e-9).ok());
  input_ = dataset::FromTable(
      arrow::Table::Make(arrow::schema({arrow::field("x", arrow::float64())}), {*values.Finish()}));
  auto first = Collect(MapNode("local k = 2 return function(row) return { x = row.x ^ k } end"));
  auto table = *first;
  EXPECT_EQ(table->num_rows(), 20000);
  input_ = dataset::FromTable((*Collect(Result<NodePtr>(input_)))->Slice(19000));
  auto last = Collect(MapNode("local k = 2 return function(row) return { x = row.x ^ k } end"));
  EXPECT_TRUE((*last)->Equals(*table->Slice(19000)));
}

class RowFunctionWorkersTest : public RowFunctionTest {};

TEST_F(RowFunctionWorkersTest, ResultsAreEqualForAnyNumberOfWorkers) {
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  for (int i = 0; i < 300000; ++i) {
    ASSERT_TRUE(ids.Append(i).ok());
    ASSERT_TRUE((i % 7 == 0 ? texts.AppendNull() : texts.Append("Row " + std::to_string(i))).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  input_ = dataset::FromTable(arrow::Table::Make(schema, {*ids.Finish(), *texts.Finish()}));
  std::vector<std::shared_ptr<arrow::Table>> results;
  for (const int workers : {1, 2, 8}) {
    dataset::RunContext run({.workers = workers});
    auto node = MapNode(
        "local function low(v) return v and v:lower() end\n"
        "return function(row) return { text = low(row.text), n = row.id % 10 } end");
    ASSERT_TRUE(node.ok()) << node.status().ToString();
    CollectSink sink;
    const Status status = dataset::Execute(**node, sink, run);
    ASSERT_TRUE(status.ok()) << status.ToString();
    results.push_back(*sink.table());
  }
  EXPECT_EQ(results[0]->num_rows(), 300000);
  EXPECT_TRUE(results[0]->Equals(*results[1]));
  EXPECT_TRUE(results[0]->Equals(*results[2]));
}

}  // namespace
}  // namespace tideway::binding
