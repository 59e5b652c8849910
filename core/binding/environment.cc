#include "core/binding/environment.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/errors.h"
#include "core/binding/guard_stack.h"
#include "core/binding/runtime.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

namespace {

constexpr const char* kRequireKey = "tideway.require";
constexpr const char* kBootModule = "/tideway/internal/boot.lua";

Status Load(lua_State* L, const std::string& text, const std::string& chunk_name) {
  if (text.starts_with(LUA_SIGNATURE[0])) {
    const bool is_file = chunk_name.starts_with('@');
    return Error(ErrorKind::kScript,
                 "bytecode is refused: " + (is_file ? chunk_name.substr(1) : "a chunk for load"))
        .Hint("give the Lua source it was made from");
  }
  if (luaL_loadbufferx(L, text.data(), text.size(), chunk_name.c_str(), "t") == 0) {
    return Status::OK();
  }
  Status status = ToStatus(L, -1);
  lua_pop(L, 1);
  return status;
}

// read_file(path): the text, or nothing when there is no such file.
Result<int> ReadFileIfThere(lua_State* L) {
  const std::string path = CheckString(L, 1);
  if (!FileExists(path)) return 0;
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadFile(path));
  PushString(L, text);
  return 1;
}

// load(text, chunk name): the function. A syntax error raises.
Result<int> LoadChunk(lua_State* L) {
  RETURN_NOT_OK(Load(L, CheckString(L, 1), CheckString(L, 2)));
  return 1;
}

// open(noun): the C module tideway.core.<noun>, or nothing.
Result<int> OpenModule(lua_State* L) {
  const std::string noun = CheckString(L, 1);
  for (const auto& modules : {BindingModules(), RuntimeOf(L).options().modules}) {
    for (const Module& module : modules) {
      if (noun != module.noun) continue;
      lua_settop(L, 0);
      lua_pushcfunction(L, module.open);
      lua_call(L, 0, 1);
      return 1;
    }
  }
  return 0;
}

// list(folder): the names of its *.lua files without the ending, sorted.
Result<int> ListLuaFiles(lua_State* L) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(CheckString(L, 1), error)) {
    if (entry.path().extension() == ".lua") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  PushStrings(L, names);
  return 1;
}

// record_module(path, text): notes a module that the script required, for the run's receipt.
Result<int> RecordModule(lua_State* L) {
  RuntimeOf(L).script_modules()[CheckString(L, 1)] = Sha256Hex(CheckString(L, 2));
  return 0;
}

void PushNative(lua_State* L) {
  PushModule(L, {{"read_file", Entry<ReadFileIfThere>},
                 {"load", Entry<LoadChunk>},
                 {"open", Entry<OpenModule>},
                 {"list", Entry<ListLuaFiles>},
                 {"record_module", Entry<RecordModule>}});
  lua_pushcfunction(L, CheckStack);
  lua_setfield(L, -2, "check_stack");
  const RuntimeOptions& options = RuntimeOf(L).options();
  PushString(L, options.lua_folder);
  lua_setfield(L, -2, "lua_folder");
  PushStrings(L, options.script_folders);
  lua_setfield(L, -2, "script_folders");
}

Result<int> Boot(lua_State* L) {
  const std::string folder = RuntimeOf(L).options().lua_folder;
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadFile(folder + kBootModule));
  RETURN_NOT_OK(Load(L, text, "=tideway.internal.boot"));
  PushNative(L);
  lua_call(L, 1, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, kRequireKey);
  return 0;
}

}  // namespace

Status RequireOwn(lua_State* L, const std::string& name) {
  lua_getfield(L, LUA_REGISTRYINDEX, kRequireKey);
  PushString(L, name);
  return ProtectedCall(L, 1, 1);
}

int OpenEnvironment(lua_State* L) {
  luaL_openlibs(L);
  lua_getglobal(L, "xpcall");
  lua_setfield(L, LUA_REGISTRYINDEX, kXpcallKey);
  return Cross(L, Boot);
}

Status LoadScriptFile(lua_State* L, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadFile(path));
  return Load(L, text, "@" + path);
}

Status LoadScriptText(lua_State* L, const std::string& text, const std::string& name) {
  return Load(L, text, "@" + name);
}

}  // namespace tideway::binding
