#include "core/binding/entry.h"

#include <exception>
#include <new>

#include "core/binding/errors.h"
#include "core/binding/park.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

namespace {

// Never catch (...): that would swallow Lua's own errors, which unwind through here.
Result<int> Call(lua_State* L, Binding f) {
  try {
    return f(L);
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::kMemory, "not enough memory");
  } catch (const std::exception& e) {
    return Error(ErrorKind::kInternal, std::string("unexpected exception: ") + e.what());
  }
}

// A C function cannot raise after it has yielded, so a waiting function returns true and its
// results, or false and an error, and this closure around it raises.
constexpr char kWaitingSource[] = R"(
local error = error
local function finish(ok, ...)
  if ok then return ... end
  error((...), 0)
end
local function wrap(raw)
  return function(...) return finish(raw(...)) end
end
return wrap
)";

void PushWrapper(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "tideway.waiting");
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  luaL_loadbuffer(L, kWaitingSource, sizeof kWaitingSource - 1, "=tideway.waiting");
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "tideway.waiting");
}

}  // namespace

int Cross(lua_State* L, Binding f) {
  {
    Result<int> result = Call(L, f);
    if (result.ok()) return *result;
    PushError(L, result.status());
  }
  return lua_error(L);
}

int CrossWaiting(lua_State* L, Binding f) {
  {
    Result<int> result = Call(L, f);
    if (result.ok()) {
      const int pushed = *result;
      if (pushed < 0) return pushed;  // parked: Tasks resumes with true or false in front
      lua_pushboolean(L, 1);
      lua_insert(L, -(pushed + 1));
      return pushed + 1;
    }
    PushError(L, result.status());
  }
  return lua_error(L);
}

int PushModule(lua_State* L, std::initializer_list<Function> functions) {
  lua_createtable(L, 0, static_cast<int>(functions.size()) + 3);
  for (const Function& entry : functions) {
    if (entry.waits) PushWrapper(L);
    lua_pushstring(L, entry.name);  // for RaiseArgument: a tail call hides the name from Lua
    lua_pushcclosure(L, entry.function, 1);
    if (entry.waits) lua_call(L, 1, 1);
    lua_setfield(L, -2, entry.name);
  }
  lua_pushcfunction(L, DefineClass);
  lua_setfield(L, -2, "class");
  lua_pushcfunction(L, DefineRecord);
  lua_setfield(L, -2, "record");
  lua_pushcfunction(L, GetMetatable);
  lua_setfield(L, -2, "metatable");
  return 1;
}

}  // namespace tideway::binding
