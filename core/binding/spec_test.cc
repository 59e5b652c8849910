// Runs the specs of the language-level modules, each in a Runtime of its own.
#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/binding/environment.h"
#include "core/binding/runtime_fixture.h"
#include "core/binding/value.h"

namespace tideway::binding {
namespace {

using Json = nlohmann::ordered_json;

class SpecTest : public RuntimeTest, public testing::WithParamInterface<const char*> {
 protected:
  // On the real clock, as `tideway test` runs them: some specs sleep for a millisecond.
  void SetUp() override {
    clock_in_use_ = &SystemClock();
    run_options_.scratch_parent = testing::TempDir();
    RuntimeTest::SetUp();
  }
  // The outcome of a spec, from its file or from `text`.
  Json RunSpec(const std::string& path, const std::string* text) {
    EXPECT_TRUE(RequireOwn(L_, "tideway.internal.spec").ok());
    lua_getfield(L_, -1, "run");
    PushJson(L_, {{"path", path}});
    Status status = text ? runtime_->LoadText(*text, path) : runtime_->LoadFile(path);
    if (status.ok()) status = runtime_->RunTask(2, 1);
    if (!status.ok()) return {{"error", status.message()}};
    auto outcome = ToJson(L_, -1);
    return outcome.ok() ? *outcome : Json{{"error", outcome.status().message()}};
  }
};

TEST_P(SpecTest, Passes) {
  setenv("TIDEWAY_TEST_SECRET", "hunter2-secret", 1);
  setenv("TIDEWAY_TEST_NUMBER", "17", 1);
  setenv("TIDEWAY_TEST_WORD", "plain", 1);
  setenv("TIDEWAY_TEST_EMPTY", "", 1);
  const std::string path = std::string(TIDEWAY_SOURCE_DIR "/tests/lua/") + GetParam() + "_spec.lua";
  Json outcome = RunSpec(path, nullptr);
  EXPECT_FALSE(outcome.contains("error")) << outcome["error"];
  for (const Json& failure : outcome.value("failures", Json::array())) {
    ADD_FAILURE() << failure["name"].get<std::string>() << "\n"
                  << failure["message"].get<std::string>();
  }
  EXPECT_GT(outcome.value("passed", 0), 0);
}

INSTANTIATE_TEST_SUITE_P(Specs, SpecTest,
                         testing::Values("env", "errors", "json", "labels", "log", "path",
                                         "pipeline", "spec", "strict", "tasks", "time", "values"),
                         [](const auto& test) { return std::string(test.param); });

class SpecRunnerTest : public SpecTest {
 protected:
  std::string FailureOf(const std::string& body) {
    const std::string text =
        "local tw = require 'tideway'\nit('leaks', function()\n" + body + "\nend)";
    Json outcome = RunSpec("inline_spec.lua", &text);
    if (outcome.contains("error")) return "error: " + outcome["error"].get<std::string>();
    if (outcome["failures"].empty()) return "passed";
    return outcome["failures"][0]["message"];
  }
};

TEST_F(SpecRunnerTest, APassingTestPasses) {
  EXPECT_EQ(FailureOf("expect(1):equals(1)"), "passed");
}

TEST_F(SpecRunnerTest, AFailureNamesItsLineAndBothValues) {
  EXPECT_EQ(FailureOf("expect({a = 1}):equals({a = 2})"),
            "inline_spec.lua:3: expected { a = 2 }\n       got { a = 1 }\n"
            "  first difference at value.a");
}

TEST_F(SpecRunnerTest, ARaisedErrorFailsTheTest) {
  EXPECT_EQ(FailureOf("error('boom')"), "inline_spec.lua:3: boom");
}

TEST_F(SpecRunnerTest, AMissingErrorFailsTheTest) {
  EXPECT_THAT(FailureOf("expect.error({kind = 'usage'}, function() end)"),
              testing::HasSubstr("but there was none"));
  EXPECT_THAT(FailureOf("expect.error{kind = 'usage'}(function() error('x') end)"),
              testing::HasSubstr("expected an error with kind \"usage\""));
  EXPECT_THAT(FailureOf("expect.error{kind = 'usage'}"), testing::HasSubstr("was not given"));
}

TEST_F(SpecRunnerTest, ATaskThatOutlivesItsTestIsALeak) {
  EXPECT_THAT(FailureOf("tw.spawn(function() tw.sleep(0.01) end)"),
              testing::HasSubstr("leak: a task is still running"));
}

TEST_F(SpecRunnerTest, ANewGlobalIsALeak) {
  EXPECT_EQ(FailureOf("rawset(_G, 'surprise', 1)"), "leak: new global: surprise");
}

TEST_F(SpecRunnerTest, AFileWithoutTestsIsAnError) {
  const std::string text = "return 1";
  EXPECT_EQ(RunSpec("empty_spec.lua", &text)["error"], "test: no tests in empty_spec.lua");
}

}  // namespace
}  // namespace tideway::binding
