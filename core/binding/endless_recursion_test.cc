#include "core/binding/runtime_fixture.h"

namespace tideway::binding {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// Functions that call themselves without end through C end in an ordinary error.
class EndlessRecursionTest : public RuntimeTest {
 protected:
  void ExpectOverflow(const std::string& text) {
    const Status status = Run(text);
    EXPECT_THAT(status.message(), AnyOf(HasSubstr("stack overflow"), HasSubstr("C stack"))) << text;
    EXPECT_EQ(KindOf(status), ErrorKind::kScript) << text;
    EXPECT_EQ(Eval("return 1 + 1"), "2") << text;
  }
};

TEST_F(EndlessRecursionTest, PlainFunctionIsAnError) {
  ExpectOverflow("local function f(n) return 1 + f(n + 1) end f(1)");
}

TEST_F(EndlessRecursionTest, GsubThatCallsItselfIsAnError) {
  ExpectOverflow("local function f(s) return (s:gsub('.', f)) end f('a')");
  ExpectOverflow(
      "local t t = setmetatable({}, { __index = function(_, s) "
      "return (s:gsub('.', t)) end }) return t.a");
}

TEST_F(EndlessRecursionTest, ErrorOfGsubNamesTheCallAndItsLine) {
  const Status status = Run("local function f(s)\n return (s:gsub('.', f)) end\nf('a')");
  EXPECT_EQ(status.message(), "stack overflow: string.gsub is called too deep");
  EXPECT_EQ(GetErrorDetail(status)->where, "test.lua:2");
}

TEST_F(EndlessRecursionTest, OrderOfASortThatSortsIsAnError) {
  ExpectOverflow(
      "local function f() table.sort({ 1, 2, 3 }, function(a, b) f() return a < b end) "
      "end f()");
  ExpectOverflow(
      "local t = setmetatable({}, { __lt = function(a) table.sort({ a, a }) end }) "
      "table.sort { t, t }");
}

TEST_F(EndlessRecursionTest, CoroutinesInCoroutinesAreAnError) {
  ExpectOverflow("local function f() coroutine.wrap(f)() end f()");
  ExpectOverflow("local function f() assert(coroutine.resume(coroutine.create(f))) end f()");
}

TEST_F(EndlessRecursionTest, MetamethodsAndHandlersAreAnError) {
  ExpectOverflow(
      "local t t = setmetatable({}, { __tostring = function() return 'x' .. tostring(t) "
      "end }) tostring(t)");
  ExpectOverflow(
      "local t t = setmetatable({}, { __tostring = function() return ('%s'):format(t) "
      "end }) tostring(t)");
  ExpectOverflow(
      "local t = setmetatable({}, { __index = function(t, k) return t[k .. 'x'] end }) "
      "return t.a");
  ExpectOverflow("local function f() local ok, e = pcall(f) error(e, 0) end f()");
  ExpectOverflow(
      "local function f() local ok, e = xpcall(f, function(e) return e end) error(e, 0) "
      "end f()");
  ExpectOverflow("local function f() return load(function() f() end) end f()");
}

TEST_F(EndlessRecursionTest, AllOfThemTogetherAreAnError) {
  ExpectOverflow(
      "local f\n"
      "local ways = {\n"
      "  function(n) return (('a'):gsub('.', function() f(n) end)) end,\n"
      "  function(n) table.sort({ 1, 2 }, function() f(n) end) end,\n"
      "  function(n) coroutine.wrap(f)(n) end,\n"
      "  function(n) local ok, e = pcall(f, n) if not ok then error(e, 0) end end,\n"
      "  function(n) tostring(setmetatable({}, { __tostring = function() f(n) return '' end })) "
      "end,\n"
      "}\n"
      "f = function(n) ways[n % #ways + 1](n + 1) end f(0)");
}

TEST_F(EndlessRecursionTest, WaitsInsideWaitsAreAnError) {
  const Status status =
      Run("local tw = require 'tideway'\n"
          "for i = 1, 20000 do tw.spawn(function()\n"
          "  table.sort({ 1, 2 }, function() tw.spawn(function() end):wait() end) end)\n"
          "end");
  EXPECT_THAT(status.message(), HasSubstr("stack overflow"));
}

TEST_F(EndlessRecursionTest, DeepButEndingRecursionWorks) {
  EXPECT_EQ(Eval("local function f(n) if n == 0 then return '0' end "
                 "return (('a'):gsub('.', function() return f(n - 1) end)) end return f(150)"),
            "0");
  EXPECT_EQ(Eval("local function f(n) if n == 0 then return 0 end "
                 "return 1 + coroutine.wrap(f)(n - 1) end return f(500)"),
            "500");
}

TEST_F(EndlessRecursionTest, GuardedFunctionsKeepTheirErrors) {
  EXPECT_THAT(Eval("local s = ('x'):gsub() return s"), HasSubstr("bad argument #1 to 'gsub'"));
  EXPECT_THAT(Eval("table.sort(1)"), HasSubstr("bad argument #1 to 'sort'"));
  EXPECT_THAT(Eval("coroutine.wrap(1)"), HasSubstr("bad argument #1 to 'wrap'"));
}

}  // namespace
}  // namespace tideway::binding
