#include "core/binding/row_function_fixture.h"

namespace tideway::binding {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Row functions that do their worst: each ends in rows or in an error that names the step, and
// leaves the process as it was.
class HostileFunctionTest : public RowFunctionTest {
 protected:
  HostileFunctionTest() { run_options_.workers = 2; }
  // The error of a filter whose body is `body`.
  std::string Fail(const std::string& body) {
    return Filter("return function(row) " + body + " end");
  }
};

TEST_F(HostileFunctionTest, RangesThatAreNoNumberSelectNothing) {
  EXPECT_EQ(Each("row.id == 1 and #row.name:sub(0/0)"), "[0,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(1, 0/0):lower():upper()"), "[,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:byte(0/0)"), "[nil,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:find('K', 0/0)"), "[1,false,false,false]");
}

TEST_F(HostileFunctionTest, FirstTextOfABatchMayBeEmpty) {
  EXPECT_EQ(Each("row.id == 4 and row.name:lower()"), "[false,false,false,]");
  EXPECT_EQ(Each("row.id == 4 and row.name .. row.name"), "[false,false,false,]");
}

TEST_F(HostileFunctionTest, RangesBeyondTheTextAreCutToIt) {
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(-1/0, 1/0)"), "[Kathmandu,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(-2^63, 2^63)"), "[Kathmandu,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(1.5, 2.9)"), "[Ka,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(1/0)"), "[,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:byte(1e300)"), "[nil,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:find('K', 1e300)"), "[nil,false,false,false]");
}

TEST_F(HostileFunctionTest, RangesOfInt64AreThoseOfTheirNumbers) {
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(1ULL, -100000000LL):lower()"),
            "[,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(2ULL, 3LL)"), "[at,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:sub(-1ULL)"), "[,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:byte(-9223372036854775807LL)"),
            "[nil,false,false,false]");
  EXPECT_EQ(Each("row.id == 1 and row.name:find('K', 18446744073709551615ULL)"),
            "[nil,false,false,false]");
  EXPECT_THAT(Fail("return row.name:sub({})"), HasSubstr("a position is needed, got table"));
}

TEST_F(HostileFunctionTest, MethodsOfAViewRefuseATableThatLooksLikeOne) {
  for (const char* method : {"lower", "upper", "len", "sub", "trim", "byte", "gsub", "rep"}) {
    EXPECT_THAT(Fail("return row.name." + std::string(method) +
                     "({ ['\\0address'] = 1, ['\\0size'] = 100, ['\\0generation'] = "
                     "row.name['\\0generation'] }, 1)"),
                HasSubstr("filter: a text is needed, got table"))
        << method;
  }
  for (const char* method : {"count", "find", "starts_with", "ends_with"}) {
    EXPECT_THAT(Fail("return row.name." + std::string(method) +
                     "({ ['\\0address'] = 1, ['\\0size'] = 100, ['\\0generation'] = "
                     "row.name['\\0generation'] }, 'a')"),
                HasSubstr("filter: a text is needed, got table"))
        << method;
  }
}

TEST_F(HostileFunctionTest, FieldsOfAViewCannotBeSet) {
  EXPECT_THAT(Fail("row.name['\\0size'] = 1000"),
              HasSubstr("filter: attempt to write to constant"));
  EXPECT_THAT(Fail("row.name['\\0address'] = 0"),
              HasSubstr("filter: attempt to write to constant"));
  EXPECT_THAT(Fail("row.name._size = 1000"),
              HasSubstr("filter: a text cannot be changed: `_size`"));
}

TEST_F(HostileFunctionTest, ColumnOfNullTypeIsNullInEveryRow) {
  // What the export leaves unset must not be what earlier allocations left in it.
  for (int round = 0; round < 50; ++round) {
    Load(arrow::schema({arrow::field("id", arrow::int64()), arrow::field("gap", arrow::null())}),
         R"([{"id": 1, "gap": null}, {"id": 2, "gap": null}])");
    EXPECT_EQ(Filter("return function(row) return row.gap == nil end"), "[1,2]");
  }
}

TEST_F(HostileFunctionTest, EndlessRecursionIsAnError) {
  EXPECT_THAT(Fail("local function f(n) return 1 + f(n + 1) end return f(1) > 0"),
              StartsWith("filter: "));
  EXPECT_THAT(Fail("local t = setmetatable({}, { __index = function(t, k) return t[k .. 'x'] end })"
                   " return t.a"),
              StartsWith("filter: "));
  EXPECT_THAT(Fail("local function f(s) return (s:gsub('.', f)) end return f('a') == 'a'"),
              StartsWith("filter: stack overflow: string.gsub is called too deep"));
  EXPECT_THAT(Fail("local function f(s) table.sort({ 1, 2 }, function() f(s:gsub('a', f)) end) end "
                   "return f('a') == 'a'"),
              HasSubstr("stack overflow"));
  EXPECT_THAT(Fail("local function f() local ok, e = pcall(f) error(e, 0) end return f()"),
              HasSubstr("stack overflow"));
  EXPECT_THAT(
      Fail("local t t = setmetatable({}, { __tostring = function() return 'x' .. tostring(t) end })"
           " return tostring(t) == ''"),
      StartsWith("filter: "));
}

TEST_F(HostileFunctionTest, PatternThatNestsTooDeepIsAnError) {
  EXPECT_THAT(Fail("return ('a'):rep(300000):find(('a?'):rep(300000) .. 'b')"),
              HasSubstr("pattern too complex"));
  EXPECT_THAT(Fail("return ('x'):find(('('):rep(40))"), HasSubstr("too many captures"));
  EXPECT_THAT(Fail("return ('x'):find('[a')"), HasSubstr("malformed pattern"));
  EXPECT_THAT(Fail("return ('x'):find('%')"), HasSubstr("malformed pattern"));
  EXPECT_THAT(Fail("return ('x'):gsub('x', '%9')"), HasSubstr("invalid capture index"));
}

TEST_F(HostileFunctionTest, MoreMemoryThanAWorkersShareIsAnError) {
  EXPECT_THAT(Fail("local t = {} for i = 1, 1e9 do t[i] = i .. 'text' end"),
              HasSubstr("not enough memory: a row function may hold 32.0 MiB"));
  EXPECT_THAT(Fail("local s = 'x' while true do s = s .. s end"), HasSubstr("not enough memory"));
  EXPECT_THAT(Fail("return ('x'):rep(-1, 2^53) == ('%s'):rep(1e9)"), HasSubstr("filter: "));
  EXPECT_THAT(Fail("local v = row.name while true do v = v .. v end"),
              HasSubstr("not enough memory for the texts of a row function"));
  EXPECT_THAT(Fail("return select('#', unpack({}, 1, 1e8))"), HasSubstr("too many results"));
  EXPECT_THAT(Fail("return select('#', unpack({}, -2^31, 2^31 - 1))"), StartsWith("filter: "));
}

TEST_F(HostileFunctionTest, ErrorWhileTheHeapIsFullIsAnError) {
  const std::string fill =
      "pcall(function() local t = {} for i = 1, 1e9 do t = { t, i .. 'x' } end end) ";
  EXPECT_THAT(Fail(fill + "error(1234.5678)"), StartsWith("filter: "));
  EXPECT_THAT(Fail(fill + "error({ message = 'full' })"), StartsWith("filter: "));
  EXPECT_THAT(Fail(fill + "return row.name:upper() == nil"),
              StartsWith("filter: not enough memory"));
}

TEST_F(HostileFunctionTest, AnyValueMayBeThrown) {
  EXPECT_EQ(Fail("error(nil)"), "filter: nil (row 1)");
  EXPECT_EQ(Fail("error()"), "filter: nil (row 1)");
  EXPECT_EQ(Fail("error(42)"), "filter: 42 (row 1)");
  EXPECT_EQ(Fail("error(false)"), "filter: false (row 1)");
  EXPECT_EQ(Fail("error(row.name)"), "filter: Kathmandu (column `name` was read last) (row 1)");
  EXPECT_EQ(Fail("error(row)"), "filter: row (row 1)");
  EXPECT_EQ(Fail("error({ message = 'told' })"), "filter: told (row 1)");
  EXPECT_EQ(Fail("error({ message = row.name })"),
            "filter: Kathmandu (column `name` was read last) (row 1)");
  EXPECT_THAT(Fail("error(function() end)"), StartsWith("filter: function"));
  EXPECT_EQ(Fail("error(('x'):rep(1000000))").size(),
            1000000 + std::string("filter:  (row 1)").size());
}

TEST_F(HostileFunctionTest, ThrownValueThatFailsItselfIsAnError) {
  EXPECT_THAT(Fail("error(setmetatable({}, { __index = function() error('again') end }))"),
              StartsWith("filter: the error that the function raised cannot be shown: "));
  EXPECT_THAT(Fail("error(setmetatable({}, { __tostring = function() error('again') end }))"),
              StartsWith("filter: the error that the function raised cannot be shown: "));
  EXPECT_THAT(Fail("error(setmetatable({}, { __tostring = function() return {} end }))"),
              StartsWith("filter: the error that the function raised cannot be shown: "));
}

TEST_F(HostileFunctionTest, ErrorInAMetamethodOfTheResultNamesTheRow) {
  const std::string result =
      "return function(row) return setmetatable({}, { __index = function(_, k)"
      " if k == 'n' and row.id == 2 then error('in __index') end"
      " return 1 end }) end, { returns = { 'n' } }";
  EXPECT_THAT(Map(result, "n"), HasSubstr("in __index"));
  EXPECT_THAT(Filter("return function(row) return setmetatable({}, { __lt = function() error('lt') "
                     "end }) < setmetatable({}, {}) end"),
              StartsWith("filter: "));
}

TEST_F(HostileFunctionTest, ResultsOfEveryWrongKindAreErrors) {
  for (const char* value : {"print_nothing", "{}", "function() end", "row", "0/0", "1/0", "-1/0",
                            "2^53 * 4096", "row.name", "{ id = row }"}) {
    const std::string text =
        Map("return function(row) return { id = " + std::string(value) + " } end", "id");
    EXPECT_THAT(text, HasSubstr("map: ")) << value;
  }
  for (const char* value : {"nil", "1", "'text'", "row", "row.name", "function() end"}) {
    EXPECT_THAT(Map("return function(row) return " + std::string(value) + " end", "id"),
                StartsWith("map: the function must return a table"))
        << value;
  }
}

TEST_F(HostileFunctionTest, WhatCouldReachOutsideIsNotThere) {
  for (const char* name : {"coroutine", "debug", "ffi", "getfenv", "getmetatable", "io", "jit",
                           "load", "loadstring", "newproxy", "os", "package", "rawset", "require",
                           "setfenv", "collectgarbage", "gcinfo", "_G"}) {
    const std::string use = "return function(row) return " + std::string(name) + " ~= nil end";
    EXPECT_THAT(Filter(use), HasSubstr(name)) << name;
    EXPECT_THAT(Filter(use), testing::Not(StartsWith("["))) << name;
  }
}

TEST_F(HostileFunctionTest, LibrariesAndTheirMetatablesCannotBeChanged) {
  EXPECT_THAT(Fail("setmetatable(string, {})"), StartsWith("filter: "));
  EXPECT_THAT(Fail("setmetatable(math, nil)"), StartsWith("filter: "));
  EXPECT_EQ(Fail("local s = string s.rep = nil"), "filter: `string.rep` cannot be set (row 1)");
  EXPECT_EQ(Fail("local m = math m.pi = 3"), "filter: `math.pi` cannot be set (row 1)");
  EXPECT_EQ(Fail("return ('x').dump"), "[]");
}

TEST_F(HostileFunctionTest, SortWithAnOrderThatIsNoneEnds) {
  EXPECT_THAT(Filter("return function(row) local t = {} for i = 1, 500 do t[i] = i * 7 % 31 end "
                     "local ok = pcall(table.sort, t, function() return true end) "
                     "return ok or row.id > 0 end"),
              "[1,2,3,4]");
}

TEST_F(HostileFunctionTest, AFailedBatchLeavesTheWorkerUsable) {
  const auto table = *Collect(Result<dataset::NodePtr>(input_));
  const std::vector<std::shared_ptr<arrow::Table>> parts(40, table);
  input_ = dataset::FromTable(*arrow::ConcatenateTables(parts));
  for (int round = 0; round < 5; ++round) {
    EXPECT_THAT(Fail("if row.id == 4 then error('four') end return true"),
                HasSubstr("filter: four"));
  }
  EXPECT_THAT(Filter("return function(row) return row.id == 4 end"), StartsWith("[4,4,4"));
}

}  // namespace
}  // namespace tideway::binding
