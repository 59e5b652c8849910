#include "core/binding/runtime.h"

#include <utility>

#include "core/base/log.h"
#include "core/binding/environment.h"
#include "core/binding/errors.h"
#include "core/binding/tasks.h"

namespace tideway::binding {

namespace {

// Its address is the registry key.
const char kRuntimeKey = 0;

const Status& ScriptFailed() {
  static const auto& status =
      *new Status(Error(ErrorKind::kInterrupted, "tasks: the script has failed"));
  return status;
}

int Panic(lua_State* L) {
  const char* text = lua_tostring(L, -1);
  LogError("lua: error outside a protected call: {}", text == nullptr ? "?" : text);
  return 0;
}

}  // namespace

Runtime* FindRuntime(lua_State* L) {
  lua_pushlightuserdata(L, const_cast<char*>(&kRuntimeKey));
  lua_rawget(L, LUA_REGISTRYINDEX);
  auto* runtime = static_cast<Runtime*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return runtime;
}

Runtime& RuntimeOf(lua_State* L) { return *FindRuntime(L); }

Runtime::Runtime(RuntimeOptions options) : options_(std::move(options)) {}

Runtime::~Runtime() {
  loop_.reset();
  tasks_.reset();
  if (L_ == nullptr) return;
  heap_.Release(L_);
  lua_close(L_);
}

Result<std::unique_ptr<Runtime>> Runtime::Create(RuntimeOptions options) {
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(options)));
  RETURN_NOT_OK(runtime->Open());
  return runtime;
}

Status Runtime::Open() {
  const Clock& clock = options_.clock != nullptr ? *options_.clock : SystemClock();
  run_ = std::make_unique<dataset::RunContext>(options_.run, clock);
  // A check's sinks report in the order of the script, also where its tasks run side by side.
  loop_ =
      check_only() ? std::make_unique<loop::Loop>(clock, 1) : std::make_unique<loop::Loop>(clock);
  L_ = luaL_newstate();
  if (L_ == nullptr) return Error(ErrorKind::kMemory, "lua: not enough memory for a state");
  lua_atpanic(L_, Panic);
  heap_.Limit(L_, options_.run.memory_bytes / 2, LuaHeap::kLenient);
  lua_pushlightuserdata(L_, const_cast<char*>(&kRuntimeKey));
  lua_pushlightuserdata(L_, this);
  lua_rawset(L_, LUA_REGISTRYINDEX);
  PrepareErrors(L_);
  tasks_ = std::make_unique<Tasks>(L_, *loop_, run_->cancel());
  lua_pushcfunction(L_, OpenEnvironment);
  return ProtectedCall(L_, 0, 0);
}

Status Runtime::LoadFile(const std::string& path) { return LoadScriptFile(L_, path); }

Status Runtime::LoadText(const std::string& text, const std::string& name) {
  return LoadScriptText(L_, text, name);
}

Status Runtime::RunTask(int arguments, int results) {
  const int base = lua_gettop(L_) - arguments - 1;
  TaskPtr task;
  RETURN_NOT_OK(CallProtected(L_, arguments + 1, 0, [&](lua_State* L) {
    task = tasks_->Spawn(L, arguments);
    return 0;
  }));
  task->waited_for = true;
  task->on_results = [this](lua_State* co) -> Status {
    const int count = lua_gettop(co);
    RETURN_NOT_OK(CallProtected(L_, 0, 0, [count](lua_State* L) {
      luaL_checkstack(L, count + 1, "results");
      return 0;
    }));
    lua_xmove(co, L_, count);
    return Status::OK();
  };
  task->on_done.push_back([this, task = task.get()] {
    if (!task->status.ok()) tasks_->Interrupt(ScriptFailed());
  });
  loop_->Run();
  Status status = Settle(task->status);
  if (!status.ok()) {
    lua_settop(L_, base);
  } else if (results != LUA_MULTRET) {
    lua_settop(L_, base + results);
  }
  return status;
}

// The outcome of a run whose main task ended with `status`.
Status Runtime::Settle(Status status) {
  if (status.ok() && tasks_->running() > 0) {
    status = Error(ErrorKind::kScript, "tasks: waits for something that can no longer happen");
  }
  const bool failed = !status.ok();
  for (const Status& failure : tasks_->TakeUnseenFailures()) {
    if (failed && KindOf(failure) == ErrorKind::kInterrupted) continue;
    Status unseen = WithContext("spawned task", failure);
    if (status.ok()) {
      status = std::move(unseen);
    } else {
      const ErrorDetail* detail = GetErrorDetail(unseen);
      const std::string where = detail == nullptr ? "" : detail->where;
      LogError("{}{}", unseen.message(), where.empty() ? "" : " (at " + where + ")");
    }
  }
  return status;
}

void Runtime::Interrupt() {
  run_->cancel().Cancel();
  tasks_->Interrupt(run_->cancel().Check());
}

}  // namespace tideway::binding
