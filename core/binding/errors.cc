#include "core/binding/errors.h"

#include <cctype>
#include <cstring>

#include "core/base/memory.h"
#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/runtime.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

namespace {

constexpr ErrorKind kKinds[] = {ErrorKind::kInternal, ErrorKind::kUsage,      ErrorKind::kScript,
                                ErrorKind::kData,     ErrorKind::kNotFound,   ErrorKind::kAuth,
                                ErrorKind::kDatabase, ErrorKind::kNetwork,    ErrorKind::kIo,
                                ErrorKind::kDiskFull, ErrorKind::kMemory,     ErrorKind::kConflict,
                                ErrorKind::kTimeout,  ErrorKind::kInterrupted};

ErrorKind KindNamed(std::string_view name) {
  for (ErrorKind kind : kKinds) {
    if (ErrorKindName(kind) == name) return kind;
  }
  return ErrorKind::kScript;
}

void SetText(lua_State* L, const char* field, std::string_view text) {
  if (text.empty()) return;
  PushString(L, Redact(text));
  lua_setfield(L, -2, field);
}

constexpr const char* kHandlerKey = "tideway.error_handler";
constexpr const char* kActionKey = "tideway.action";
constexpr const char* kToStatusKey = "tideway.to_status";

// Pushes a field without asking a metatable.
void RawGet(lua_State* L, int index, const char* field) {
  lua_pushstring(L, field);
  lua_rawget(L, index < 0 && index > LUA_REGISTRYINDEX ? index - 1 : index);
}

std::string GetText(lua_State* L, int index, const char* field) {
  RawGet(L, index, field);
  std::string text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  lua_pop(L, 1);
  return text;
}

// Pushes the table of `status` without looking at the stack of L.
void PushErrorTable(lua_State* L, const Status& status, std::string where, std::string traceback) {
  luaL_checkstack(L, 6, "error");
  lua_createtable(L, 0, 6);
  const ErrorDetail* detail = GetErrorDetail(status);
  SetText(L, "kind", ErrorKindName(KindOf(status)));
  PushString(L, Redact(status.message()));
  lua_setfield(L, -2, "message");
  lua_pushboolean(L, IsRetryable(status));
  lua_setfield(L, -2, "retryable");
  if (detail != nullptr) {
    SetText(L, "hint", detail->hint);
    if (!detail->where.empty()) where = detail->where;
    if (!detail->traceback.empty()) traceback = detail->traceback;
    if (detail->retry_after_s > 0) {
      lua_pushnumber(L, detail->retry_after_s);
      lua_setfield(L, -2, "retry_after_s");
    }
    if (!detail->cause.ok()) {
      PushErrorTable(L, detail->cause, "", "");
      lua_setfield(L, -2, "cause");
    }
  }
  SetText(L, "where", where);
  SetText(L, "traceback", traceback);
  PushClass(L, kErrorClass);
  lua_setmetatable(L, -2);
}

// The traceback of `of`, made on the stack of L.
std::string TracebackOf(lua_State* L, lua_State* of) {
  luaL_traceback(L, of, nullptr, 0);
  std::string text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

// Splits "script.lua:12: text" into where and text.
void SplitWhere(std::string* message, std::string* where) {
  for (size_t colon = message->find(':'); colon != std::string::npos;
       colon = message->find(':', colon + 1)) {
    size_t end = colon + 1;
    while (end < message->size() && std::isdigit(static_cast<unsigned char>((*message)[end])))
      ++end;
    if (end == colon + 1 || message->compare(end, 2, ": ") != 0) continue;
    *where = message->substr(0, end);
    *message = message->substr(end + 2);
    return;
  }
}

Status FromValue(lua_State* L, int index);

Status FromTable(lua_State* L, int index) {
  Error error(KindNamed(GetText(L, index, "kind")), GetText(L, index, "message"));
  error.Hint(GetText(L, index, "hint"));
  error.Where(GetText(L, index, "where"));
  error.Traceback(GetText(L, index, "traceback"));
  RawGet(L, index, "retryable");
  error.Retryable(lua_toboolean(L, -1) != 0);
  RawGet(L, index, "retry_after_s");
  if (lua_isnumber(L, -1)) error.RetryAfter(lua_tonumber(L, -1));
  RawGet(L, index, "cause");
  if (lua_istable(L, -1) && lua_checkstack(L, 10)) error.Cause(FromValue(L, lua_gettop(L)));
  lua_pop(L, 3);
  return error;
}

// For LuaJIT's message when the heap is full. Most of what filled it is garbage by now.
Error NoMemory(lua_State* L) {
  lua_gc(L, LUA_GCCOLLECT, 0);
  const Runtime* runtime = FindRuntime(L);
  if (runtime == nullptr) return Error(ErrorKind::kMemory, "script: not enough memory");
  return Error(ErrorKind::kMemory, "script: not enough memory: its tables and texts may take " +
                                       FormatBytes(runtime->heap().limit_bytes()) +
                                       ", half of what --memory gives")
      .Hint(
          "give more with --memory, or keep rows in a dataset: filter, map and write it instead "
          "of collecting it");
}

Status FromText(lua_State* L, std::string message) {
  std::string where;
  SplitWhere(&message, &where);
  if (message == "not enough memory") return NoMemory(L).Where(where);
  return Error(ErrorKind::kScript, message).Where(where);
}

bool HasMessage(lua_State* L, int index) {
  RawGet(L, index, "message");
  const bool has = lua_type(L, -1) == LUA_TSTRING;
  lua_pop(L, 1);
  return has;
}

// ToStatus, which may raise for lack of memory.
Status FromValue(lua_State* L, int index) {
  if (lua_istable(L, index) && HasMessage(L, index)) return FromTable(L, index);
  if (lua_isstring(L, index)) {
    size_t size = 0;
    const char* text = lua_tolstring(L, index, &size);
    return FromText(L, std::string(text, size));
  }
  return Error(ErrorKind::kScript,
               std::string("script: error value is not a text: ") + luaL_typename(L, index));
}

// (value, where its Status goes)
int StoreStatus(lua_State* L) {
  auto* status = static_cast<Status*>(lua_touserdata(L, 2));
  lua_settop(L, 1);
  *status = FromValue(L, 1);
  return 0;
}

// (arguments, the action)
int CallAction(lua_State* L) {
  const auto* action = static_cast<const LuaAction*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return (*action)(L);
}

// Pushes the function under `key` of the registry, which is made at its first use.
void PushPrepared(lua_State* L, const char* key, lua_CFunction function) {
  lua_getfield(L, LUA_REGISTRYINDEX, key);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  lua_pushcfunction(L, function);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, key);
}

}  // namespace

void PrepareErrors(lua_State* L) {
  PushPrepared(L, kHandlerKey, ErrorHandler);
  PushPrepared(L, kActionKey, CallAction);
  PushPrepared(L, kToStatusKey, StoreStatus);
  lua_pop(L, 3);
  lua_pushliteral(L, "not enough memory");
  lua_setfield(L, LUA_REGISTRYINDEX, kNoMemoryKey);
}

void PushErrorHandler(lua_State* L) { PushPrepared(L, kHandlerKey, ErrorHandler); }

std::string WhereOf(lua_State* L) {
  lua_Debug info;
  for (int level = 0; lua_getstack(L, level, &info) != 0; ++level) {
    lua_getinfo(L, "Sl", &info);
    const bool ours = std::string_view(info.source) == "=tideway" ||
                      std::strncmp(info.source, "=tideway.", 9) == 0;
    if (ours || info.currentline <= 0) continue;
    const char* name = info.source[0] == '@' ? info.source + 1 : info.short_src;
    return std::string(name) + ":" + std::to_string(info.currentline);
  }
  return "";
}

void PushErrorOf(lua_State* L, lua_State* task, const Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  const bool traced = detail != nullptr && !detail->traceback.empty();
  PushErrorTable(L, status, WhereOf(task), traced ? "" : TracebackOf(L, task));
}

void PushError(lua_State* L, const Status& status) { PushErrorOf(L, L, status); }

void Raise(lua_State* L, const Status& status) {
  PushError(L, status);
  lua_error(L);
  __builtin_unreachable();
}

Status ToStatus(lua_State* L, int index) {
  if (index < 0) index += lua_gettop(L) + 1;
  Status status;
  PushPrepared(L, kToStatusKey, StoreStatus);
  lua_pushvalue(L, index);
  lua_pushlightuserdata(L, &status);
  if (lua_pcall(L, 2, 0, 0) == 0) return status;
  lua_pop(L, 1);
  return Error(ErrorKind::kMemory, "script: not enough memory to read the error that was raised");
}

int ErrorHandler(lua_State* L) {
  Status status = FromValue(L, 1);
  const bool has_table = lua_istable(L, 1) && HasMessage(L, 1);
  if (has_table && IsClass(L, 1, kErrorClass)) return 1;
  PushErrorTable(L, status, has_table ? WhereOf(L) : "", TracebackOf(L, L));
  return 1;
}

Status ProtectedCall(lua_State* L, int arguments, int results) {
  const int handler = lua_gettop(L) - arguments;
  PushErrorHandler(L);
  lua_insert(L, handler);
  const int code = lua_pcall(L, arguments, results, handler);
  lua_remove(L, handler);
  if (code == 0) return Status::OK();
  Status status = ToStatus(L, -1);
  lua_pop(L, 1);
  return status;
}

Status CallProtected(lua_State* L, int arguments, int results, const LuaAction& f) {
  PushPrepared(L, kActionKey, CallAction);
  lua_insert(L, -(arguments + 1));
  lua_pushlightuserdata(L, const_cast<LuaAction*>(&f));
  return ProtectedCall(L, arguments + 1, results);
}

}  // namespace tideway::binding
