#include "core/binding/runtime.h"

#include <stdexcept>
#include <thread>

#include "core/binding/arguments.h"
#include "core/binding/park.h"
#include "core/binding/runtime_fixture.h"
#include "core/binding/tasks.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

struct Box {
  explicit Box(int value_in) : value(value_in) { ++alive; }
  ~Box() { --alive; }
  int value;
  static inline int alive = 0;
};
template <>
inline constexpr const char* kClassName<Box> = "tideway.Box";

namespace {

using testing::HasSubstr;

// Destructors count, so that a leak by a raised error shows.
struct Guard {
  Guard() { ++alive; }
  ~Guard() { --alive; }
  static inline int alive = 0;
};

Result<int> Fail(lua_State*) {
  Guard guard;
  return Error(ErrorKind::kNotFound, "fake: no such thing: x").Hint("make it").Retryable();
}
Result<int> Throw(lua_State*) {
  Guard guard;
  throw std::runtime_error("boom");
}
Result<int> TakeInt(lua_State* L) {
  Guard guard;
  PushInt(L, CheckInt(L, 1));
  return 1;
}
Result<int> TakeOptions(lua_State* L) {
  Guard guard;
  Options options(L, 1, "fake.open");
  const std::string mode = options.String("mode", "read");
  const int64_t size = options.Int("size", 7);
  const std::vector<std::string> tags = options.Strings("tags");
  options.Finish();
  PushString(L, mode + std::to_string(size) + (tags.empty() ? "" : tags.back()));
  return 1;
}
Result<int> Slow(lua_State* L) {
  const int64_t value = CheckInt(L, 1);
  if (value < 0) return Error(ErrorKind::kUsage, "fake: negative");
  return Park(L, [value]() -> Result<Push> {
    if (value == 13) return Error(ErrorKind::kData, "fake: unlucky");
    if (value == 14) throw std::runtime_error("boom");
    return Push([value](lua_State* to) {
      PushInt(to, value);
      lua_pushliteral(to, "second");
      return 2;
    });
  });
}
Result<int> NewBox(lua_State* L) {
  PushObject(L, std::make_shared<Box>(static_cast<int>(CheckInt(L, 1))));
  return 1;
}
Result<int> BoxValue(lua_State* L) {
  PushInt(L, CheckSelf<Box>(L).value);
  return 1;
}
Result<int> CloseBox(lua_State* L) {
  CloseObject<Box>(L, 1);
  return 0;
}
int OpenFake(lua_State* L) {
  PushModule(L, {{"fail", Entry<Fail>},
                 {"throw", Entry<Throw>},
                 {"take_int", Entry<TakeInt>},
                 {"take_options", Entry<TakeOptions>},
                 {"slow", WaitingEntry<Slow>},
                 {"box", Entry<NewBox>},
                 {"value", Entry<BoxValue>},
                 {"close", Entry<CloseBox>}});
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "fake");
  return 1;
}

class BindingTest : public RuntimeTest {
 protected:
  void SetUp() override {
    RuntimeTest::SetUp();
    OpenFake(L_);
    lua_getfield(L_, -1, "class");
    lua_pushliteral(L_, "tideway.Box");
    lua_createtable(L_, 0, 2);
    for (const char* method : {"value", "close"}) {
      lua_getfield(L_, 1, method);
      lua_setfield(L_, -2, method);
    }
    lua_call(L_, 2, 0);
    lua_pushliteral(L_, "fake");
    lua_insert(L_, 1);
    lua_rawset(L_, LUA_GLOBALSINDEX);
  }
  void TearDown() override { EXPECT_EQ(Guard::alive, 0); }
};

TEST_F(BindingTest, AFailureArrivesAsAnErrorObjectWithItsFields) {
  EXPECT_EQ(
      Eval("local ok, err = pcall(fake.fail) "
           "return table.concat({tostring(ok), err.kind, err.message, err.hint, "
           "tostring(err.retryable), err.where, tostring(err)}, '|')"),
      "false|not_found|fake: no such thing: x|make it|true|test.lua:1|fake: no such thing: x");
}

TEST_F(BindingTest, AnUncaughtFailureComesBackAsItsStatus) {
  Status status = Run("\n\nfake.fail()");
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound);
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->where, "test.lua:3");
  EXPECT_EQ(detail->hint, "make it");
  EXPECT_TRUE(detail->retryable);
  EXPECT_THAT(detail->traceback, HasSubstr("test.lua:3"));
}

TEST_F(BindingTest, AnExceptionIsAnInternalErrorWithItsText) {
  Status status = Run("fake.throw()");
  EXPECT_EQ(KindOf(status), ErrorKind::kInternal);
  EXPECT_THAT(status.message(), HasSubstr("boom"));
}

TEST_F(BindingTest, AWrongArgumentNamesPositionExpectationAndWhatCame) {
  EXPECT_EQ(Eval("return fake.take_int('x')"),
            "take_int: argument 1 must be a whole number, not string");
  EXPECT_EQ(Eval("return fake.take_int(1.5)"),
            "take_int: argument 1 must be a whole number, not 1.5");
  EXPECT_EQ(Eval("return fake.take_int()"),
            "take_int: argument 1 must be a whole number, not nothing");
}

TEST_F(BindingTest, IntegersBeyondTwoToThe53AreBoxedAndComeBackExactly) {
  EXPECT_EQ(Eval("return fake.take_int(9007199254740993LL)"), "9007199254740993LL");
  EXPECT_EQ(Eval("return fake.take_int(-9223372036854775807LL - 1)"), "-9223372036854775808LL");
  EXPECT_EQ(Eval("return fake.take_int(9007199254740992LL)"), "9.007199254741e+15");
  EXPECT_EQ(Eval("return fake.take_int(5LL) == 5"), "true");
  EXPECT_THAT(Eval("return fake.take_int(18446744073709551615ULL)"), HasSubstr("whole number"));
}

TEST_F(BindingTest, OptionsHaveDefaultsAndAcceptOneStringAsAList) {
  EXPECT_EQ(Eval("return fake.take_options()"), "read7");
  EXPECT_EQ(Eval("return fake.take_options{mode='w', size=3, tags='t'}"), "w3t");
  EXPECT_EQ(Eval("return fake.take_options{tags={'a','b'}}"), "read7b");
}

TEST_F(BindingTest, WrongOptionsAreNamed) {
  EXPECT_EQ(Eval("fake.take_options{siz=3}"),
            "fake.open: unknown option `siz`; did you mean `size`?");
  EXPECT_EQ(Eval("fake.take_options{[1]=3}"), "fake.open: unknown option `1`");
  EXPECT_EQ(Eval("fake.take_options{size='3'}"),
            "fake.open: option `size` must be a whole number, not string");
  EXPECT_EQ(Eval("fake.take_options{tags={1}}"),
            "fake.open: option `tags` must be a string or a list of strings, not table");
  EXPECT_EQ(Eval("fake.take_options('x')"), "fake.open: options must be a table, not string");
}

TEST_F(BindingTest, ATaskIsResumedWithAllResultsOfItsWork) {
  EXPECT_EQ(Eval("local a, b = fake.slow(5) return a .. b"), "5second");
}

TEST_F(BindingTest, OutsideATaskTheSameCallWaits) {
  ASSERT_TRUE(Call("local a, b = fake.slow(6) return a .. b", 1).ok());
  EXPECT_STREQ(lua_tostring(L_, -1), "6second");
}

TEST_F(BindingTest, AFailureOfWorkIsRaisedAtTheScriptsLine) {
  for (bool task : {true, false}) {
    const std::string script = "\nlocal x = fake.slow(13)";
    Status status = task ? Run(script) : Call(script);
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
    EXPECT_EQ(GetErrorDetail(status)->where, "test.lua:2") << task;
  }
}

TEST_F(BindingTest, AFailureOfWorkCanBeCaughtInTheTask) {
  EXPECT_EQ(Eval("local ok, err = pcall(fake.slow, 13) return err.kind"), "data");
  EXPECT_EQ(Eval("local ok, err = pcall(fake.slow, -1) return err.message"), "fake: negative");
  EXPECT_EQ(Eval("local ok, err = pcall(fake.slow, 14) return err.kind"), "internal");
}

TEST_F(BindingTest, WaitingInsideCoroutinesSortsAndGsubWorks) {
  EXPECT_EQ(Eval("return coroutine.wrap(function() return (fake.slow(1)) end)()"), "1");
  EXPECT_EQ(Eval("return (('a'):gsub('a', function() return (fake.slow(2)) end))"), "2");
}

TEST_F(BindingTest, UserdataChecksItsClass) {
  EXPECT_EQ(Eval("return fake.box(4):value()"), "4");
  EXPECT_EQ(Eval("return fake.value(3)"), "value: argument 1 must be a tideway.Box, not number");
  EXPECT_THAT(Eval("return tostring(fake.box(4))"), HasSubstr("tideway.Box: "));
  EXPECT_EQ(Eval("return fake.box(4):valeu()"),
            "tideway.Box: no member `valeu`; did you mean `value`?");
}

TEST_F(BindingTest, AClosedObjectRaisesWhenUsedAndClosesTwice) {
  EXPECT_EQ(Eval("local b = fake.box(4) b:close() b:close() return b:value()"),
            "tideway.Box: used after it was closed");
}

TEST_F(BindingTest, ObjectsEndWithTheStateAndAreCountedWhileOpen) {
  ASSERT_TRUE(Run("rawset(_G, 'kept', fake.box(1))").ok());
  EXPECT_EQ(runtime_->open_objects()["tideway.Box"], 1);
  EXPECT_EQ(Box::alive, 1);
  runtime_.reset();
  EXPECT_EQ(Box::alive, 0);
}

TEST_F(BindingTest, InterruptEndsSleepsAndLaterWaits) {
  // Two posts later the task sleeps, on a clock that stands still.
  auto& loop = runtime_->loop();
  loop.Post([&] { loop.Post([&] { loop.Post([&] { runtime_->Interrupt(); }); }); });
  Status status = Run("require('tideway').sleep(1000)");
  EXPECT_EQ(KindOf(status), ErrorKind::kInterrupted) << status.ToString();
  EXPECT_EQ(KindOf(Run("fake.slow(1)")), ErrorKind::kInterrupted);
}

TEST_F(BindingTest, AWaitForSomethingThatCannotHappenIsAnError) {
  Status status = Run("local t t = require('tideway').spawn(function() t:wait() end)");
  EXPECT_THAT(status.message(), HasSubstr("can no longer happen"));
}

TEST_F(BindingTest, AnErrorOfTheScriptEndsTheSleepsOfItsTasks) {
  Status status =
      Run("local tw = require('tideway') "
          "tw.spawn(function() tw.sleep(1000) end) tw.spawn(function() end):wait() "
          "error('failed')");
  EXPECT_EQ(status.message(), "failed");
  EXPECT_EQ(runtime_->tasks().running(), 0);
  EXPECT_EQ(runtime_->loop().pending(), 0);
}

TEST_F(BindingTest, TheTracebackOfATaskBeginsWhereTheErrorWasRaised) {
  Status status = Run("local function inner()\n  return nil + 1\nend\ninner()\n");
  EXPECT_THAT(GetErrorDetail(status)->traceback, HasSubstr("test.lua:2: in function"));
}

TEST_F(BindingTest, AnErrorInATaskNobodyWaitsForFailsTheRun) {
  Status status = Run("require('tideway').spawn(function() fake.fail() end)");
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("spawned task: fake: no such thing"));
}

TEST_F(BindingTest, BytecodeIsRefused) {
  EXPECT_THAT(Eval("return assert(load(string.dump(function() end)))"),
              HasSubstr("bytecode is refused"));
}

TEST_F(BindingTest, SyntaxErrorsNameFileAndLine) {
  Status status = runtime_->LoadText("local x =\n=", "bad.lua");
  EXPECT_EQ(KindOf(status), ErrorKind::kScript);
  EXPECT_EQ(GetErrorDetail(status)->where, "bad.lua:2");
}

TEST_F(BindingTest, AMissingScriptIsNotFound) {
  EXPECT_EQ(KindOf(runtime_->LoadFile("/nonexistent/x.lua")), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace tideway::binding
