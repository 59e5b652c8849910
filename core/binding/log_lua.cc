#include <algorithm>

#include "core/base/log.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

namespace {

// The level of a line of the script. Under `tideway check`, which makes numbers of rows up, it says
// nothing that a person should act on.
Result<LogLevel> Level(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const LogLevel level, ParseLogLevel(CheckString(L, 1)));
  return RuntimeOf(L).check_only() ? std::min(level, LogLevel::kDebug) : level;
}

// enabled(level)
Result<int> Enabled(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(LogLevel level, Level(L));
  lua_pushboolean(L, LogEnabled(level) ? 1 : 0);
  return 1;
}

// line(level, text)
Result<int> Line(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(LogLevel level, Level(L));
  size_t size = 0;
  const char* text = luaL_checklstring(L, 2, &size);
  LogLine(level, {text, size});
  return 0;
}

}  // namespace

int OpenLog(lua_State* L) {
  return PushModule(L, {{"enabled", Entry<Enabled>}, {"line", Entry<Line>}});
}

}  // namespace tideway::binding
