#include "core/binding/errors.h"

#include "core/base/secret.h"
#include "core/binding/runtime_fixture.h"

namespace tideway::binding {
namespace {

using testing::HasSubstr;

class ErrorsTest : public RuntimeTest {
 protected:
  // `status` as an error object and back.
  Status ThroughLua(const Status& status) {
    PushError(L_, status);
    Status back = ToStatus(L_, -1);
    lua_pop(L_, 1);
    return back;
  }
  Status FromValue(const std::string& expression) {
    Status status = Run("error(" + expression + ", 0)");
    return status;
  }
};

TEST_F(ErrorsTest, EveryFieldComesBack) {
  Status cause = Error(ErrorKind::kNetwork, "net: connection reset").Where("inner.lua:1");
  Status back = ThroughLua(Error(ErrorKind::kDatabase, "sql: gone")
                               .Hint("start it")
                               .RetryAfter(2.5)
                               .Retryable()
                               .Where("x.lua:7")
                               .Traceback("trace")
                               .Cause(cause));
  EXPECT_EQ(back.message(), "sql: gone");
  EXPECT_EQ(KindOf(back), ErrorKind::kDatabase);
  const ErrorDetail* detail = GetErrorDetail(back);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->hint, "start it");
  EXPECT_EQ(detail->retry_after_s, 2.5);
  EXPECT_TRUE(detail->retryable);
  EXPECT_EQ(detail->where, "x.lua:7");
  EXPECT_EQ(detail->traceback, "trace");
  EXPECT_EQ(detail->cause.message(), "net: connection reset");
  EXPECT_EQ(KindOf(detail->cause), ErrorKind::kNetwork);
}

TEST_F(ErrorsTest, EveryKindComesBack) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInterrupted); ++kind) {
    const auto wanted = static_cast<ErrorKind>(kind);
    EXPECT_EQ(KindOf(ThroughLua(Error(wanted, "m"))), wanted) << ErrorKindName(wanted);
  }
}

TEST_F(ErrorsTest, AStatusWithoutDetailHasTheKindOfItsCode) {
  EXPECT_EQ(KindOf(ThroughLua(Status::KeyError("no column"))), ErrorKind::kNotFound);
}

TEST_F(ErrorsTest, SecretsDoNotReachTheObject) {
  RegisterSecret("correct-horse");
  PushError(L_, Error(ErrorKind::kAuth, "login with correct-horse failed").Hint("correct-horse?"));
  for (const char* field : {"message", "hint"}) {
    lua_getfield(L_, -1, field);
    EXPECT_THAT(lua_tostring(L_, -1), HasSubstr("[secret]")) << field;
    EXPECT_THAT(lua_tostring(L_, -1), testing::Not(HasSubstr("horse"))) << field;
    lua_pop(L_, 1);
  }
}

TEST_F(ErrorsTest, ARaisedTextHasItsPositionSplitOff) {
  Status status = FromValue("'dir/a.lua:12: it broke: x:3: y'");
  EXPECT_EQ(KindOf(status), ErrorKind::kScript);
  EXPECT_EQ(status.message(), "it broke: x:3: y");
  EXPECT_EQ(GetErrorDetail(status)->where, "dir/a.lua:12");
}

TEST_F(ErrorsTest, ATextWithoutAPositionStaysWhole) {
  for (const char* text : {"plain", "a: b: c", "12: 13", "x:1", ":", "", "x:12:y"}) {
    Status status = FromValue("'" + std::string(text) + "'");
    EXPECT_EQ(status.message(), text);
    EXPECT_EQ(KindOf(status), ErrorKind::kScript);
  }
}

TEST_F(ErrorsTest, AnyValueCanBeRaised) {
  EXPECT_EQ(FromValue("nil").message(), "script: error value is not a text: nil");
  EXPECT_EQ(FromValue("{}").message(), "script: error value is not a text: table");
  EXPECT_EQ(FromValue("true").message(), "script: error value is not a text: boolean");
  EXPECT_EQ(FromValue("42").message(), "42");
  EXPECT_EQ(FromValue("{message = 'mine', kind = 'data'}").message(), "mine");
  EXPECT_EQ(KindOf(FromValue("{message = 'mine', kind = 'data'}")), ErrorKind::kData);
  EXPECT_EQ(KindOf(FromValue("{message = 'mine', kind = 'invented'}")), ErrorKind::kScript);
  EXPECT_EQ(KindOf(FromValue("{message = 'mine', kind = {}}")), ErrorKind::kScript);
}

TEST_F(ErrorsTest, AChainOfCausesThatIsACycleEnds) {
  Status status = FromValue("(function() local e = {message = 'm'} e.cause = e return e end)()");
  EXPECT_EQ(status.message(), "m");
}

TEST_F(ErrorsTest, AnErrorWhileHandlingAnErrorIsStillAnError) {
  Status status = FromValue("setmetatable({}, {__index = function() error('worse') end})");
  EXPECT_FALSE(status.ok());
}

TEST_F(ErrorsTest, MetamethodsOfARaisedValueAreNotCalled) {
  for (const char* value :
       {"setmetatable({}, {__index = function() error('worse') end})",
        "setmetatable({message = 'm'}, {__index = function() error('worse') end})",
        "setmetatable({}, {__index = 1})"}) {
    for (const char* place : {"", "coroutine.wrap(function() require 'tideway'.sleep(0) end)() ",
                              "require 'tideway'.sleep(0) "}) {
      const Status status = Run(std::string(place) + "error(" + value + ", 0)");
      EXPECT_EQ(KindOf(status), ErrorKind::kScript) << value;
    }
  }
  EXPECT_EQ(Eval("error(setmetatable({message = 'm'}, {__index = error}))"), "m");
}

TEST_F(ErrorsTest, AStackOverflowIsAScriptError) {
  Status status = Run("local function f() return 1 + f() end f()");
  EXPECT_EQ(KindOf(status), ErrorKind::kScript);
  EXPECT_THAT(status.message(), HasSubstr("stack overflow"));
}

}  // namespace
}  // namespace tideway::binding
