// The Lua half of the program: one Lua state with every module, and calls into
// lua/tideway/internal.
//
//   ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({.run = options}));
//   ARROW_ASSIGN_OR_RAISE(Json loaded, program->CallWithScript("runner", "load", path, request));
//   ARROW_ASSIGN_OR_RAISE(Json outcome, program->Call("runner", "run", {}));
//
// Keeps Lua out of the commands: values cross as JSON. Threads: the thread that started it, except
// Interrupt(), which is safe from any.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/run_context.h"

namespace tideway::app {

using Json = nlohmann::ordered_json;

struct ProgramOptions {
  dataset::RunOptions run;
  std::vector<std::string> script_folders;  // where a script's own modules are looked for
};

class Program {
 public:
  static Result<std::unique_ptr<Program>> Start(ProgramOptions options);
  ~Program();
  Program(const Program&) = delete;

  dataset::RunContext& run();
  // Calls `require("tideway.internal.<module>")[function](argument)` as a task and waits for it and
  // all it spawned. Errors: those of the call.
  Result<Json> Call(const std::string& module, const std::string& function, const Json& argument);
  // As Call, with the function of the Lua file `path` as a second argument. Errors: also those of
  // reading and compiling the file.
  Result<Json> CallWithScript(const std::string& module, const std::string& function,
                              const Json& argument, const std::string& path);
  // The user's own modules that scripts required: path and SHA-256.
  std::map<std::string, std::string> script_modules() const;
  // Cancels the run and wakes every waiting task with an error of kind interrupted.
  void Interrupt();

 private:
  struct State;
  explicit Program(std::unique_ptr<State> state);
  Result<Json> CallFunction(const std::string& module, const std::string& function,
                            const Json& argument, const std::string* path);

  std::unique_ptr<State> state_;
};

// "LuaJIT 2.1.0-beta3"
std::string LuaVersion();

}  // namespace tideway::app
