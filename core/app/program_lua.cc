#include <lua.hpp>
#include <utility>

#include "core/app/addresses.h"
#include "core/app/modules_lua.h"
#include "core/app/paths.h"
#include "core/app/program.h"
#include "core/binding/environment.h"
#include "core/binding/errors.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/value.h"

namespace tideway::app {

struct Program::State {
  std::unique_ptr<binding::Runtime> runtime;
};

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
Program::~Program() = default;

Result<std::unique_ptr<Program>> Program::Start(ProgramOptions options) {
  ReadAddresses(
      [](const std::string& name) { return binding::ReadEnvironment(name, /*take=*/false); });
  binding::RuntimeOptions runtime_options;
  ARROW_ASSIGN_OR_RAISE(runtime_options.lua_folder, LuaFolder());
  runtime_options.script_folders = std::move(options.script_folders);
  runtime_options.modules = Modules();
  runtime_options.run = std::move(options.run);
  auto state = std::make_unique<State>();
  ARROW_ASSIGN_OR_RAISE(state->runtime, binding::Runtime::Create(std::move(runtime_options)));
  return std::unique_ptr<Program>(new Program(std::move(state)));
}

dataset::RunContext& Program::run() { return state_->runtime->run(); }

void Program::Interrupt() {
  run().cancel().Cancel();
  state_->runtime->loop().Post([this] { state_->runtime->Interrupt(); });
}

Result<Json> Program::Call(const std::string& module, const std::string& function,
                           const Json& argument) {
  return CallFunction(module, function, argument, nullptr);
}

Result<Json> Program::CallWithScript(const std::string& module, const std::string& function,
                                     const Json& argument, const std::string& path) {
  return CallFunction(module, function, argument, &path);
}

Result<Json> Program::CallFunction(const std::string& module, const std::string& function,
                                   const Json& argument, const std::string* path) {
  binding::Runtime& runtime = *state_->runtime;
  lua_State* L = runtime.state();
  const int base = lua_gettop(L);
  Status loaded;
  RETURN_NOT_OK(binding::CallProtected(L, 0, LUA_MULTRET, [&](lua_State*) {
    loaded = binding::RequireOwn(L, "tideway.internal." + module);
    if (!loaded.ok()) return 0;
    lua_getfield(L, -1, function.c_str());
    lua_remove(L, -2);
    binding::PushJson(L, argument);
    if (path == nullptr) return 2;
    loaded = runtime.LoadFile(*path);
    return loaded.ok() ? 3 : 0;
  }));
  RETURN_NOT_OK(loaded);
  RETURN_NOT_OK(runtime.RunTask(lua_gettop(L) - base - 1, 1));
  Result<Json> result = Json();
  RETURN_NOT_OK(binding::CallProtected(L, 1, 0, [&](lua_State*) {
    result = binding::ToJson(L, -1);
    return 0;
  }));
  return result;
}

std::map<std::string, std::string> Program::script_modules() const {
  return state_->runtime->script_modules();
}

std::string LuaVersion() { return LUAJIT_VERSION; }

}  // namespace tideway::app
