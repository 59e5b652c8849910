#include "core/binding/userdata.h"

#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/errors.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

namespace {

using Pointer = std::shared_ptr<void>;

std::string ClassOf(lua_State* L, int index) {
  std::string name;
  if (lua_getmetatable(L, index) != 0) {
    lua_pushliteral(L, "__name");
    lua_rawget(L, -2);
    if (lua_type(L, -1) == LUA_TSTRING) name = lua_tostring(L, -1);
    lua_pop(L, 2);
  }
  return name;
}

void Count(lua_State* L, const std::string& class_name, int by) {
  Runtime* runtime = FindRuntime(L);
  if (runtime != nullptr) runtime->open_objects()[class_name] += by;
}

// __gc of every class of ours; its upvalue is the class's metatable, for scripts that call it.
int Collect(lua_State* L) {
  if (lua_type(L, 1) != LUA_TUSERDATA || lua_getmetatable(L, 1) == 0) return 0;
  if (lua_rawequal(L, -1, lua_upvalueindex(1)) == 0) return 0;
  lua_pop(L, 1);
  auto* pointer = static_cast<Pointer*>(lua_touserdata(L, 1));
  if (*pointer != nullptr) Count(L, ClassOf(L, 1), -1);
  pointer->~Pointer();
  new (pointer) Pointer();
  return 0;
}

int ToText(lua_State* L) {
  lua_pushfstring(L, "%s: %p", ClassOf(L, 1).c_str(), lua_topointer(L, 1));
  return 1;
}

std::vector<std::string> PublicKeys(lua_State* L, int table) {
  std::vector<std::string> keys;
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING && lua_tostring(L, -1)[0] != '_') {
      keys.emplace_back(lua_tostring(L, -1));
    }
  }
  return keys;
}

// Completes the metatable on top of the stack for objects: what collects them, and what
// getmetatable gives a script in its place.
void PrepareMetatable(lua_State* L, const char* class_name) {
  lua_pushliteral(L, "__metatable");
  lua_rawget(L, -2);
  const bool done = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (done) return;
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, Collect, 1);
  lua_setfield(L, -2, "__gc");
  lua_pushstring(L, class_name);
  lua_setfield(L, -2, "__metatable");
}

// __index of a table of methods: (methods, key); its upvalue is the class's name.
Result<int> MissingMember(lua_State* L) {
  const std::string name = lua_tostring(L, lua_upvalueindex(1));
  if (lua_type(L, 2) != LUA_TSTRING || std::strncmp(lua_tostring(L, 2), "__", 2) == 0) return 0;
  const std::string key = lua_tostring(L, 2);
  return Error(ErrorKind::kUsage,
               name + ": no member `" + key + "`" + DidYouMean(key, PublicKeys(L, 1)));
}

// Expects name and methods; leaves the methods on top.
void Define(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  PushClass(L, luaL_checkstring(L, 1));
  lua_pushvalue(L, 2);
  lua_setfield(L, 3, "__index");
  lua_pushnil(L);
  while (lua_next(L, 2) != 0) {
    const bool meta =
        lua_type(L, -2) == LUA_TSTRING && std::strncmp(lua_tostring(L, -2), "__", 2) == 0;
    if (meta && std::strcmp(lua_tostring(L, -2), "__index") != 0) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, 3);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_settop(L, 2);
}

}  // namespace

void RequireModule(lua_State* L, const char* name) {
  lua_getfield(L, LUA_REGISTRYINDEX, "tideway.require");  // set by boot.lua
  if (lua_isnil(L, -1)) return lua_pop(L, 1);
  lua_pushstring(L, name);
  lua_call(L, 1, 0);
}

void PushClass(lua_State* L, const char* class_name) {
  if (luaL_newmetatable(L, class_name) == 0) return;
  lua_pushstring(L, class_name);
  lua_setfield(L, -2, "__name");
  lua_pushcfunction(L, ToText);
  lua_setfield(L, -2, "__tostring");
}

int DefineRecord(lua_State* L) {
  Define(L);
  return 1;
}

int DefineClass(lua_State* L) {
  Define(L);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, Entry<MissingMember>, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, 2);
  return 1;
}

int GetMetatable(lua_State* L) {
  PushClass(L, luaL_checkstring(L, 1));
  return 1;
}

bool IsClass(lua_State* L, int index, const char* class_name) {
  if (lua_getmetatable(L, index) == 0) return false;
  luaL_getmetatable(L, class_name);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

std::string TypeName(lua_State* L, int index) {
  std::string name = ClassOf(L, index);
  if (!name.empty()) return name;
  constexpr int kCdata = 10;  // LuaJIT's own type; of these scripts only see boxed integers
  if (lua_type(L, index) == kCdata) return "int64";
  return lua_isnone(L, index) ? "nothing" : luaL_typename(L, index);
}

namespace internal {

void PushPointer(lua_State* L, const char* class_name, std::shared_ptr<void> object) {
  auto* pointer = new (lua_newuserdata(L, sizeof(Pointer))) Pointer();
  PushClass(L, class_name);
  PrepareMetatable(L, class_name);
  lua_setmetatable(L, -2);
  *pointer = std::move(object);
  Count(L, class_name, 1);
}

std::shared_ptr<void>* CheckPointer(lua_State* L, int index, const char* class_name,
                                    bool optional) {
  if (lua_type(L, index) != LUA_TUSERDATA || !IsClass(L, index, class_name)) {
    if (optional) return nullptr;
    RaiseArgument(L, index, std::string("a ") + class_name);
  }
  auto* pointer = static_cast<Pointer*>(lua_touserdata(L, index));
  if (*pointer == nullptr) {
    Raise(L, Error(ErrorKind::kUsage, std::string(class_name) + ": used after it was closed"));
  }
  return pointer;
}

std::shared_ptr<void> TakePointer(lua_State* L, int index, const char* class_name) {
  if (lua_type(L, index) != LUA_TUSERDATA || !IsClass(L, index, class_name)) {
    RaiseArgument(L, index, std::string("a ") + class_name);
  }
  auto* pointer = static_cast<Pointer*>(lua_touserdata(L, index));
  if (*pointer != nullptr) Count(L, class_name, -1);
  return std::exchange(*pointer, nullptr);
}

}  // namespace internal

}  // namespace tideway::binding
