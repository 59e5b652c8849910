// What belongs to one Lua state of the program: its loop, its run, its scripts' folders.
//
//   ARROW_ASSIGN_OR_RAISE(auto runtime, Runtime::Create({.lua_folder = "...", .modules = ...}));
//   RETURN_NOT_OK(runtime->LoadFile("scripts/grievances.lua"));    // pushes its function
//   RETURN_NOT_OK(runtime->RunTask(0, 1));                         // as a task, to the end
//
// The globals that scripts see are strict: reading or writing an undeclared one is an error.
// `require "tideway"` and `require "tideway.x"` find `<lua_folder>/tideway/`; `require
// "tideway.core.x"` (for those only) opens a C module of `modules`; any other name is looked for in
// `script_folders`, as `<folder>/lib/a/b.lua` and `<folder>/a/b.lua` for "a.b". Lua files are read
// as text only, never as bytecode. Threads: all methods belong to the thread that made the Runtime.
#pragma once

#include <lua.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/binding/heap.h"
#include "core/dataset/run_context.h"
#include "core/loop/loop.h"

namespace tideway::binding {

// One C module: {"path", OpenPath} is what `require "tideway.core.path"` gives the files in
// lua/tideway/. A new module is one line in a list of these.
struct Module {
  const char* noun;
  lua_CFunction open;
};

// The modules of core/binding itself: errors, values, tasks, json, time, path, env, log.
std::vector<Module> BindingModules();

struct RuntimeOptions {
  std::string lua_folder;                        // holds tideway/init.lua
  std::vector<std::string> script_folders = {};  // where the user's own modules are looked for
  std::vector<Module> modules = {};              // beside BindingModules()
  dataset::RunOptions run = {};
  const Clock* clock = nullptr;  // null: the system's
};

class Tasks;

class Runtime {
 public:
  static Result<std::unique_ptr<Runtime>> Create(RuntimeOptions options);
  // Drops what is pending, then closes the Lua state.
  ~Runtime();
  Runtime(const Runtime&) = delete;

  lua_State* state() { return L_; }
  // What the script's own tables, texts and functions may take: half of the run's memory.
  const LuaHeap& heap() const { return heap_; }
  loop::Loop& loop() { return *loop_; }
  // The run whose budget, workers, counters and scratch folder every plan of this state uses.
  dataset::RunContext& run() { return *run_; }
  // `tideway check`: sinks validate and do nothing.
  bool check_only() { return run().options().check_only; }
  const RuntimeOptions& options() const { return options_; }
  Tasks& tasks() { return *tasks_; }

  // Pushes the function of a Lua file or text. Errors: not_found, io; script with file and line for
  // a syntax error. `name` is what error messages call the text.
  Status LoadFile(const std::string& path);
  Status LoadText(const std::string& text, const std::string& name);
  // Calls the function below its `arguments` as a task and runs the loop until it and every task it
  // spawned are done; an error of its own ends their waits. On OK the results (lua_call's count)
  // are on the stack. Errors: the task's own; else the first of a spawned task that nobody waited
  // for, the others being logged.
  Status RunTask(int arguments, int results);
  // Cancels the run and ends every wait of a task with an error of kind interrupted.
  void Interrupt();
  // Objects of each class that scripts hold open: by class name.
  std::map<std::string, int>& open_objects() { return open_objects_; }
  // The user's own modules that scripts required: path and SHA-256.
  std::map<std::string, std::string>& script_modules() { return script_modules_; }

 private:
  explicit Runtime(RuntimeOptions options);
  Status Open();
  Status Settle(Status status);

  const RuntimeOptions options_;
  LuaHeap heap_;
  std::map<std::string, int> open_objects_;
  std::map<std::string, std::string> script_modules_;
  std::unique_ptr<dataset::RunContext> run_;
  std::unique_ptr<loop::Loop> loop_;
  std::unique_ptr<Tasks> tasks_;
  lua_State* L_ = nullptr;
};

// The Runtime of the state that `L` belongs to. Must be one of a Runtime's states.
Runtime& RuntimeOf(lua_State* L);
// As above; null for other states (a row function's).
Runtime* FindRuntime(lua_State* L);

}  // namespace tideway::binding
