#include "core/binding/ship_function.h"

#include "core/binding/runtime_fixture.h"

namespace tideway::binding {
namespace {

using testing::HasSubstr;

class ShipFunctionTest : public RuntimeTest {
 protected:
  Result<ShippedPtr> Ship(const std::string& text) {
    lua_settop(L_, 0);
    RETURN_NOT_OK(Run(text, 1));
    return ShipFunction(L_, 1, "map");
  }
  std::string Problem(const std::string& text) {
    auto shipped = Ship(text);
    return shipped.ok() ? "shipped" : shipped.status().message();
  }
  std::string Identity(const std::string& text) {
    auto shipped = Ship(text);
    return shipped.ok() ? (*shipped)->identity : shipped.status().message();
  }
};

TEST_F(ShipFunctionTest, PlainValuesTravel) {
  EXPECT_EQ(
      Problem(
          "local tw = require 'tideway'\n"
          "local n, s, b, big, list, null = 1, 'x', true, 9007199254740993LL, {1, {2}}, tw.null\n"
          "local floor, lower = math.floor, string.lower\n"
          "local function helper(v) return v + n end\n"
          "return function(row) return s, b, big, list, null, floor(1), lower, helper, n end"),
      "shipped");
}

TEST_F(ShipFunctionTest, RecursiveFunctionsAndCyclicTablesTravel) {
  EXPECT_EQ(Problem("local function f(n) return n == 0 and 1 or n * f(n - 1) end return f"),
            "shipped");
  EXPECT_EQ(Problem("local t = {} t.self = t return function() return t end"), "shipped");
}

TEST_F(ShipFunctionTest, AssignedUpvalueIsNamed) {
  auto result = Ship("local count = 0\nreturn function(row)\n count = count + 1 end");
  EXPECT_EQ(result.status().message(),
            "map: the function (test.lua:2) assigns to `count`, a variable from outside it");
  EXPECT_THAT(GetErrorDetail(result.status())->hint, HasSubstr("return the value instead"));
  EXPECT_THAT(Problem("local n return function() n = 'x' end"), HasSubstr("assigns to `n`"));
  EXPECT_THAT(Problem("local n return function() n = 1 end"), HasSubstr("assigns to `n`"));
  EXPECT_THAT(Problem("local n return function() n = nil end"), HasSubstr("assigns to `n`"));
  EXPECT_THAT(Problem("local n return function() return function() n = {} end end"),
              HasSubstr("assigns to `n`"));
  EXPECT_THAT(Problem("local n local function add() n = 1 end return function() add() end"),
              HasSubstr("assigns to `add: n`"));
}

TEST_F(ShipFunctionTest, LocalsMayBeAssigned) {
  EXPECT_EQ(Problem("return function(row) local n = 0 local function add() n = n + 1 end add() "
                    "return n end"),
            "shipped");
}

TEST_F(ShipFunctionTest, WrittenTableIsNamed) {
  EXPECT_THAT(Problem("local seen = {} return function(row) seen[row.id] = true end"),
              HasSubstr("writes to `seen`, a table from outside it"));
  EXPECT_THAT(Problem("local s = { n = {} } return function(row) s.n.x = 1 end"),
              HasSubstr("writes to `s`"));
  EXPECT_THAT(Problem("local s = {} return function(row) return function() s[1] = 1 end end"),
              HasSubstr("writes to `s`"));
  EXPECT_EQ(Problem("local s = {} return function(row) local t = s t = {} t.x = 1 end"), "shipped");
}

TEST_F(ShipFunctionTest, WhatCannotBeCopiedIsNamed) {
  EXPECT_THAT(Problem("local file = io.stdout return function() return file end"),
              HasSubstr("uses `file`, a userdata, which cannot be copied to the workers"));
  EXPECT_THAT(Problem("local co = coroutine.create(print) return function() return co end"),
              HasSubstr("uses `co`, a thread"));
  EXPECT_THAT(Problem("local t = setmetatable({}, {}) return function() return t end"),
              HasSubstr("uses `t`, a table with a metatable"));
  EXPECT_THAT(Problem("local t = { deep = { [1] = io.stdout } } return function() return t end"),
              HasSubstr("uses `t.deep[1]`, a userdata"));
  EXPECT_THAT(Problem("local t = { [{}] = 1 } return function() return t end"),
              HasSubstr("a table with a key that is a table"));
  EXPECT_THAT(Problem("local clock = os.clock return function() return clock() end"),
              HasSubstr("uses `clock`, a built-in function that row functions do not have"));
  EXPECT_THAT(Problem("local random = math.random return function() return random() end"),
              HasSubstr("uses `random`, a built-in"));
  EXPECT_THAT(Problem("local t = {} local u = t for i = 1, 200 do u.x = {} u = u.x end "
                      "return function() return t end"),
              HasSubstr("nested too deeply"));
}

TEST_F(ShipFunctionTest, ImpureGlobalsAreNamed) {
  EXPECT_THAT(Problem("return function() return os.time() end"),
              HasSubstr("uses `os`, a global that row functions do not have"));
  EXPECT_THAT(Problem("return function() return math.random() end"),
              HasSubstr("uses `math.random`, which row functions do not have"));
  EXPECT_THAT(Problem("local m = math return function() return m.random() end"),
              HasSubstr("uses `math.random`"));
  EXPECT_THAT(Problem("return function() return string.dump(1) end"), HasSubstr("`string.dump`"));
  EXPECT_THAT(Problem("return function() return math.flor(1) end"),
              HasSubstr("did you mean `floor`?"));
  EXPECT_THAT(Problem("return function() return stirng.rep('x', 2) end"),
              HasSubstr("did you mean `string`?"));
  EXPECT_THAT(Problem("return function() x = 1 end"), HasSubstr("uses `x`, a global, and assigns"));
  EXPECT_THAT(Problem("return function() return function() return io end end"), HasSubstr("`io`"));
  EXPECT_THAT(Problem("local tw = require 'tideway' return function() return tw.sleep(1) end"),
              HasSubstr("uses `tw.sleep`, which row functions do not have"));
}

TEST_F(ShipFunctionTest, OnlyLuaFunctionsAreShipped) {
  EXPECT_THAT(Problem("return 5"), HasSubstr("map: a Lua function is needed, not number"));
  EXPECT_THAT(Problem("return string.lower"), HasSubstr("a Lua function is needed"));
}

TEST_F(ShipFunctionTest, IdentityIsOfCodeAndValues) {
  const std::string a = Identity("local t = { a = 1, b = 2 } return function() return t end");
  EXPECT_EQ(Identity("\n\nlocal u = { b = 2, a = 1 } return function() return u end"), a);
  EXPECT_NE(Identity("local t = { a = 1, b = 3 } return function() return t end"), a);
  EXPECT_NE(Identity("local t = { a = 1, b = '2' } return function() return t end"), a);
}

// LuaJIT orders the keys of a constructor by a hash that is seeded anew for each state.
TEST_F(ShipFunctionTest, IdentityIsEqualInEveryState) {
  std::string keys;
  for (int i = 0; i < 60; ++i) keys += "key" + std::to_string(i) + " = " + std::to_string(i) + ",";
  const std::string text =
      "local t = {" + keys + "} return function(row) return t, {" + keys + " x = row.x } end";
  const std::string first = Identity(text);
  for (int i = 0; i < 5; ++i) {
    SetUp();
    EXPECT_EQ(Identity(text), first);
  }
}

TEST_F(ShipFunctionTest, FunctionThatHasRunHasTheSameIdentity) {
  const std::string text =
      "local f = function(n) local s = 0 for i = 1, n do s = s + i end return s end ";
  const std::string fresh = Identity(text + "return f");
  EXPECT_EQ(Identity(text + "for i = 1, 1000 do f(1000) end return f"), fresh);
}

}  // namespace
}  // namespace tideway::binding
