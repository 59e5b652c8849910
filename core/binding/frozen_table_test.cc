#include "core/binding/row_function_fixture.h"

namespace tideway::binding {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Tables from outside a row function: what one row writes to them must not reach the next.
class FrozenTableTest : public RowFunctionTest {
 protected:
  // What a filter says whose body is `body`, with `shared` and the helper `set` from outside.
  std::string Try(const std::string& body) {
    return Filter(
        "local tw = require 'tideway'\n"
        "local shared = { n = 1, [true] = 'yes', list = { 3, 1, 2 }, deep = { { n = 1 } } }\n"
        "local list, labels = { 3, 1, 2, 7 }, tw.labels { 'Kathmandu', 'Patan' }\n"
        "local function set(t, k, v) t[k] = v end\n"
        "local function same(t) return t end\n"
        "return function(row) " +
        body + " end");
  }
  void ExpectRefused(const std::string& variable, const std::string& body) {
    EXPECT_THAT(Try(body),
                AllOf(HasSubstr("filter: the function writes to `" + variable + "`"),
                      HasSubstr("a table from outside it"), HasSubstr("return the value instead")))
        << body;
  }
};

TEST_F(FrozenTableTest, AssignmentThroughAnAliasIsRefused) {
  ExpectRefused("shared", "local t = same(shared) t.n = t.n + 1");
  ExpectRefused("shared", "local t = ({ shared })[1] t.n = 2");
  ExpectRefused("shared", "local t = select(2, 1, shared) t.n = nil");
  ExpectRefused("shared", "local t = row.id > 0 and shared or {} t.fresh = 1");
  ExpectRefused("shared.deep",
                "for _, t in pairs(shared) do if type(t) == 'table' then t[1] = 9 end end");
  ExpectRefused("shared.deep[1]", "local t = same(shared.deep) t = t[1] t.n = 2");
}

TEST_F(FrozenTableTest, AliasThatTheCodeShowsIsRefusedWhenThePlanIsMade) {
  EXPECT_THAT(Try("local t = shared t.n = t.n + 1"), HasSubstr("writes to `shared`"));
}

TEST_F(FrozenTableTest, HelperThatOverwritesItsArgumentIsRefused) {
  ExpectRefused("shared", "set(shared, 'n', 2)");
  ExpectRefused("shared", "set(shared, true, 'no')");
  ExpectRefused("list", "set(list, 1, 0)");
  ExpectRefused("list", "set(list, 2, nil)");
  ExpectRefused("list", "set(list, #list + 1, 0)");
  ExpectRefused("list", "set(list, row.name, 0)");
}

TEST_F(FrozenTableTest, FunctionsOfTheTableLibraryRefuseToChangeIt) {
  ExpectRefused("list", "table.insert(list, 1)");
  ExpectRefused("list", "table.insert(list, 1, 1)");
  ExpectRefused("list", "table.remove(list)");
  ExpectRefused("list", "table.sort(list)");
  ExpectRefused("list", "table.move({ 1 }, 1, 1, 1, list)");
  ExpectRefused("list", "table.move(list, 1, 2, 2)");
  ExpectRefused("shared", "setmetatable(shared, { __index = list })");
  ExpectRefused("shared", "pcall(set, shared, 'n', 2) set(shared, 'n', 2)");
}

TEST_F(FrozenTableTest, MetamethodThatWritesToItIsRefused) {
  ExpectRefused("shared", "local t = setmetatable({}, { __newindex = shared }) t.n = 2");
}

TEST_F(FrozenTableTest, LabelsCannotBeChanged) {
  ExpectRefused("labels", "set(labels, 'count', 0)");
  ExpectRefused("labels", "set(labels, 'id', same)");
  ExpectRefused("labels", "set(labels, 'list', {})");
  ExpectRefused("labels", "set(labels.list, 1, 'Pokhara')");
  ExpectRefused("labels.ids", "set(labels.ids, 'Kathmandu', 5)");
  EXPECT_EQ(Try("local names = labels:names() names[1] = 'mine' "
                "return labels:names()[1] == 'Kathmandu' and labels:id('Patan') == 1 "
                "and labels:name(0) == 'Kathmandu' and labels:has('Patan') and labels.count == 2"),
            "[1,2,3,4]");
}

TEST_F(FrozenTableTest, WriteThatIsCaughtChangesNothing) {
  EXPECT_EQ(
      Try("pcall(set, shared, 'n', 2) pcall(set, list, 1, 9) pcall(table.sort, list) "
          "pcall(table.insert, list, 9) return shared.n == 1 and list[1] == 3 and #list == 4"),
      "[1,2,3,4]");
}

TEST_F(FrozenTableTest, ReadsLikeATable) {
  const char* const claims[] = {
      "type(shared) == 'table' and type(list) == 'table'",
      "#list == 4 and #shared == 0 and #shared.list == 3",
      "list[1] == 3 and list[5] == nil and shared.nothing == nil and shared[true] == 'yes'",
      "select('#', unpack(list)) == 4 and select(2, unpack(list, 2)) == 2 and unpack(list, 4) == 7",
      "table.concat(list, '-') == '3-1-2-7' and table.concat(list, '', 2, 3) == '12'",
      "rawget(shared, 'n') == 1 and rawget(list, 9) == nil",
      "rawequal(shared, same(shared)) and shared == same(shared) and shared ~= list",
      "shared ~= nil and shared ~= 'text' and shared ~= 1 and not (shared == false)",
      "next(list) == 1 and next(list, 4) == nil",
      "table.maxn(list) == 4 and table.getn(list) == 4",
      "tostring(shared) == 'table' and ('%s'):format(list) == 'table'",
      "setmetatable({}, { __index = shared }).n == 1",
      "('n'):gsub('n', shared) == '1' and ('n'):rep(2):gsub('n', shared) == '11'",
      "({ [shared] = 5 })[same(shared)] == 5",
      "tonumber(shared) == nil",
  };
  for (const char* claim : claims)
    EXPECT_EQ(Try("return " + std::string(claim)), "[1,2,3,4]") << claim;
}

TEST_F(FrozenTableTest, IsVisitedInOneOrder) {
  const std::string visit = " local out = {} for k, v in ";
  const std::string join = " do out[#out + 1] = tostring(k) .. '=' .. tostring(v) end return ";
  EXPECT_EQ(Try(visit + "ipairs(list)" + join + "table.concat(out, ' ') == '1=3 2=1 3=2 4=7'"),
            "[1,2,3,4]");
  EXPECT_EQ(Try(visit + "ipairs(shared)" + join + "#out == 0"), "[1,2,3,4]");
  EXPECT_EQ(Try(visit + "pairs(list)" + join + "table.concat(out, ' ') == '1=3 2=1 3=2 4=7'"),
            "[1,2,3,4]");
  EXPECT_EQ(Try(visit + "pairs(shared)" + join +
                "table.concat(out, ' ') == 'deep=table list=table n=1 true=yes'"),
            "[1,2,3,4]");
  EXPECT_EQ(Try("local out = {} table.foreach(shared, function(k) out[#out + 1] = tostring(k) end) "
                "return table.concat(out, ' ') == 'deep list n true'"),
            "[1,2,3,4]");
  EXPECT_EQ(
      Try("local n = 0 table.foreachi(list, function(i, v) n = n + i * v end) return n == 39"),
      "[1,2,3,4]");
}

TEST_F(FrozenTableTest, ItsContentsStayHidden) {
  EXPECT_EQ(Try("local _, t = ipairs(list) return pcall(set, t, 1, 9) == false and list[1] == 3"),
            "[1,2,3,4]");
  EXPECT_EQ(Try("local f, t = pairs(shared) return t == nil"), "[1,2,3,4]");
}

TEST_F(FrozenTableTest, CopyMadeInsideMayBeChanged) {
  EXPECT_EQ(Try("local t = { unpack(list) } table.sort(t) t[1] = t[1] + row.id "
                "return t[1] == 1 + row.id and list[1] == 3"),
            "[1,2,3,4]");
  EXPECT_EQ(Try("local t = table.move(list, 1, 4, 1, {}) t[1] = 9 return list[1] == 3"),
            "[1,2,3,4]");
}

TEST_F(FrozenTableTest, MayBeTheResult) {
  EXPECT_EQ(Map("local default = { stars = 7 } return function(row) return default end", "stars"),
            "[7,7,7,7]");
  EXPECT_THAT(Map("local default = { star = 7 } return function(row) return default end,"
                  "{ returns = { n = 'int64' } }",
                  "n"),
              HasSubstr("the function returned a new column `star`"));
  EXPECT_THAT(Map("local list = { 1 } return function(row) return { stars = list } end", "stars"),
              HasSubstr("the function returned a table"));
}

TEST_F(FrozenTableTest, HoldsItself) {
  EXPECT_EQ(Filter("local t = { n = 1 } t.self = t t[1] = t "
                   "return function(row) return t.self.self[1] == t and #t == 1 end"),
            "[1,2,3,4]");
}

TEST_F(FrozenTableTest, TextOfTheRowIsAKeyOfIt) {
  EXPECT_EQ(Each("row.name and ({ Kathmandu = 1 })[tostring(row.name)]"), "[1,nil,nil,nil]");
  EXPECT_EQ(Filter("local known = { Kathmandu = true, [1] = false } "
                   "return function(row) return row.name and known[row.name] end"),
            "[1]");
}

TEST_F(FrozenTableTest, InterpretedFunctionsSeeTheSame) {
  EXPECT_EQ(Filter("local list, shared = { 3, 1 }, { n = 1 } return function(row) "
                   "return row.id ^ 2 > 0 and #list == 2 and list[1] == 3 and shared.n == 1 end"),
            "[1,2,3,4]");
  ExpectRefused("shared", "local x = row.id ^ 2 set(shared, 'n', x)");
}

}  // namespace
}  // namespace tideway::binding
