// A fixture for tests of bindings: a Runtime on the repository's lua/ folder and a clock that
// stands still.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "core/binding/errors.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

class RuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Runtime>> runtime =
        Runtime::Create({.lua_folder = TIDEWAY_SOURCE_DIR "/lua",
                         .modules = modules_,
                         .run = run_options_,
                         .clock = clock_in_use_});
    ASSERT_TRUE(runtime.ok()) << runtime.status().ToString();
    runtime_ = *std::move(runtime);
    L_ = runtime_->state();
  }

  // Runs `text` as a task named test.lua with its results left on the stack.
  Status Run(const std::string& text, int results = 0) {
    RETURN_NOT_OK(runtime_->LoadText(text, "test.lua"));
    return runtime_->RunTask(0, results);
  }
  // Runs `text` outside a task.
  Status Call(const std::string& text, int results = 0) {
    RETURN_NOT_OK(runtime_->LoadText(text, "test.lua"));
    return ProtectedCall(L_, 0, results);
  }
  // The text that the script returns, or its error's message.
  std::string Eval(const std::string& text) {
    Status status = Run(text, 1);
    if (!status.ok()) return status.message();
    size_t size = 0;
    lua_getglobal(L_, "tostring");
    lua_insert(L_, -2);
    lua_call(L_, 1, 1);
    const char* data = lua_tolstring(L_, -1, &size);
    std::string result(data, size);
    lua_pop(L_, 1);
    return result;
  }

  FakeClock clock_{std::chrono::hours(24)};
  const Clock* clock_in_use_ = &clock_;
  dataset::RunOptions run_options_;
  std::vector<Module> modules_;
  std::unique_ptr<Runtime> runtime_;
  lua_State* L_ = nullptr;
};

}  // namespace tideway::binding
