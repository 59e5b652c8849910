// What a leak check looks at: see lua/tideway/internal/spec.lua.
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/runtime.h"
#include "core/binding/tasks.h"

namespace tideway::binding {

namespace {

// pending(): what the loop still has to call back, and the tasks that are not done.
Result<int> Pending(lua_State* L) {
  Runtime& runtime = RuntimeOf(L);
  lua_pushinteger(L, runtime.loop().pending());
  lua_pushinteger(L, runtime.tasks().running());
  return 2;
}

// take_failures(): the errors of tasks that nobody waited for, since the last call.
Result<int> TakeFailures(lua_State* L) {
  std::vector<std::string> texts;
  for (const Status& failure : RuntimeOf(L).tasks().TakeUnseenFailures()) {
    texts.push_back(failure.message());
  }
  PushStrings(L, texts);
  return 1;
}

// open_objects(): class name -> how many are open, of classes that have a method `close`.
Result<int> OpenObjects(lua_State* L) {
  lua_newtable(L);
  for (const auto& [name, count] : RuntimeOf(L).open_objects()) {
    luaL_getmetatable(L, name.c_str());
    lua_getfield(L, -1, "__index");
    const bool closable =
        lua_istable(L, -1) && (lua_pushliteral(L, "close"), lua_rawget(L, -2), !lua_isnil(L, -1));
    lua_settop(L, 1);
    if (!closable || count == 0) continue;
    lua_pushinteger(L, count);
    lua_setfield(L, 1, name.c_str());
  }
  return 1;
}

}  // namespace

int OpenInspect(lua_State* L) {
  return PushModule(L, {{"pending", Entry<Pending>},
                        {"take_failures", Entry<TakeFailures>},
                        {"open_objects", Entry<OpenObjects>}});
}

}  // namespace tideway::binding
