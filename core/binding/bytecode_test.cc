#include "core/binding/bytecode.h"

#include <gmock/gmock.h>

#include <lua.hpp>
#include <memory>

namespace tideway::binding {
namespace {

using testing::ElementsAre;
using testing::Pair;

class BytecodeTest : public testing::Test {
 protected:
  void SetUp() override { luaL_openlibs(L_.get()); }

  // The dump of the function that `text` returns.
  std::string Dump(const std::string& text) {
    EXPECT_EQ(luaL_dostring(L_.get(), text.c_str()), 0) << lua_tostring(L_.get(), -1);
    std::string dump;
    lua_dump(
        L_.get(),
        [](lua_State*, const void* bytes, size_t size, void* out) {
          static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
          return 0;
        },
        &dump);
    lua_settop(L_.get(), 0);
    return dump;
  }
  BytecodeFacts Facts(const std::string& text) { return FindFacts(*ParseBytecode(Dump(text))); }

  struct Close {
    void operator()(lua_State* L) const { lua_close(L); }
  };
  std::unique_ptr<lua_State, Close> L_{luaL_newstate()};
};

// The opcodes in bytecode_facts.cc are of one version of LuaJIT: this is what fails for another.
TEST_F(BytecodeTest, OpcodesAreThoseOfThisLuaJit) {
  ASSERT_EQ(luaL_dostring(L_.get(), "return require('jit.vmdef').bcnames"), 0);
  const std::string names = lua_tostring(L_.get(), -1);
  const std::vector<std::pair<size_t, std::string>> expected = {
      {18, "MOV   "}, {37, "POW   "}, {39, "KSTR  "}, {44, "KNIL  "}, {45, "UGET  "},
      {46, "USETV "}, {49, "USETP "}, {51, "FNEW  "}, {52, "TNEW  "}, {53, "TDUP  "},
      {54, "GGET  "}, {55, "GSET  "}, {56, "TGETV "}, {57, "TGETS "}, {59, "TGETR "},
      {60, "TSETV "}, {61, "TSETS "}, {63, "TSETM "}, {64, "TSETR "}, {65, "CALLM "},
      {67, "CALLMT"}, {68, "CALLT "}, {71, "VARG  "}, {73, "RETM  "}, {74, "RET   "},
      {76, "RET1  "}};
  for (const auto& [opcode, name] : expected) EXPECT_EQ(names.substr(opcode * 6, 6), name);
}

TEST_F(BytecodeTest, ReadsAndWritesAreFound) {
  const BytecodeFacts facts = Facts(
      "local up, t, n = {}, {}, 0\n"
      "return function(row) n = n + 1 t[row.key] = up.field x = math.floor(y) return { a = 1 } "
      "end");
  EXPECT_THAT(facts.assigned_upvalues, ElementsAre(0));
  EXPECT_THAT(facts.written_upvalues, ElementsAre(1));
  EXPECT_THAT(facts.upvalue_fields, ElementsAre(Pair(2, "field")));
  EXPECT_THAT(facts.globals_read, ElementsAre("math", "y"));
  EXPECT_THAT(facts.globals_set, ElementsAre("x"));
  EXPECT_THAT(facts.global_fields, ElementsAre(Pair("math", "floor")));
  EXPECT_THAT(facts.keys_read, ElementsAre("field", "floor", "key"));
  EXPECT_THAT(facts.keys_written, ElementsAre("a"));
  EXPECT_TRUE(facts.writes_computed_keys);
}

TEST_F(BytecodeTest, ReturnedConstructorsAreKnownByTheirKeys) {
  BytecodeFacts facts = Facts(
      "return function(row) if row.x then return { a = row.x, b = { c = 1 } } end\n"
      "local t = { d = 1 } t.e = row.y return t end");
  EXPECT_TRUE(facts.returns_only_constructors);
  EXPECT_THAT(facts.returned_keys, ElementsAre("a", "b", "d", "e"));
  EXPECT_FALSE(Facts("return function(row) return row.t end").returns_only_constructors);
  EXPECT_FALSE(Facts("return function(row) return f(row) end").returns_only_constructors);
  EXPECT_FALSE(Facts("return function(row) local t = {} t[row.k] = 1 return t end")
                   .returns_only_constructors);
  EXPECT_FALSE(Facts("return function(row) if row.x then return {} end return row.t end")
                   .returns_only_constructors);
  EXPECT_FALSE(Facts("return function(row) return { a = 1 }, 2 end").returns_only_constructors);
}

TEST_F(BytecodeTest, KeysBeyondTheOperandsRangeAreFound) {
  std::string fields;
  for (int i = 0; i < 400; ++i)
    fields += "k" + std::to_string(i) + " = row.k" + std::to_string(i) + ",";
  const BytecodeFacts facts = Facts("return function(row) return {" + fields + "} end");
  EXPECT_EQ(facts.keys_written.size(), 400U);
  EXPECT_EQ(facts.keys_read.size(), 400U);
  EXPECT_FALSE(facts.writes_computed_keys);
  EXPECT_FALSE(facts.reads_computed_keys);
}

TEST_F(BytecodeTest, CanonicalFormHasNoNamesAndLines) {
  const std::string a = ParseBytecode(Dump("return function(a) return a + 1 end"))->canonical;
  EXPECT_EQ(ParseBytecode(Dump("\n\n\nreturn function(b)\n return b + 1 end"))->canonical, a);
  EXPECT_NE(ParseBytecode(Dump("return function(a) return a + 2 end"))->canonical, a);
}

TEST_F(BytecodeTest, EveryKindOfConstantIsRead) {
  auto parsed = ParseBytecode(Dump(
      "return function() return 1.5, -3, 1e300, 5LL, 7ULL, 2i, 'text', { 1, 2.5, true, x = false,"
      "[7] = 'y', [1.5] = 1 }, function() return 'inner' end end"));
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  EXPECT_EQ(parsed->prototypes.size(), 2U);
}

TEST_F(BytecodeTest, TruncatedDumpsAreErrorsOrShorter) {
  const std::string dump =
      Dump("local t = {} return function(row) t.x = { a = 1, 2 } return 'x', 1.5, 5LL end");
  for (size_t size = 0; size < dump.size(); ++size) {
    auto parsed = ParseBytecode(std::string_view(dump).substr(0, size));
    if (parsed.ok()) FindFacts(*parsed);
  }
  EXPECT_FALSE(ParseBytecode("").ok());
  EXPECT_FALSE(ParseBytecode("\x1bLJ\x01").ok());
  EXPECT_FALSE(ParseBytecode("\x1bLua").ok());
}

}  // namespace
}  // namespace tideway::binding
