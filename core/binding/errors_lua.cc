#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/errors.h"

namespace tideway::binding {

namespace {

// raise(kind, message, hint): raises an error object at the script's line.
Result<int> RaiseError(lua_State* L) {
  lua_settop(L, 3);
  lua_createtable(L, 0, 3);
  for (const auto& [index, field] : {std::pair{1, "kind"}, {2, "message"}, {3, "hint"}}) {
    lua_pushvalue(L, index);
    lua_setfield(L, -2, field);
  }
  return ToStatus(L, -1);
}

// to_error(value): an error object as it is; anything else as one of kind script.
Result<int> ToErrorObject(lua_State* L) {
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) {
    Status status = ToStatus(L, 1);
    PushError(L, status);
  }
  return 1;
}

Result<int> Suggest(lua_State* L) {
  PushString(L, DidYouMean(CheckString(L, 1), CheckStrings(L, 2)));
  return 1;
}

}  // namespace

int OpenErrors(lua_State* L) {
  return PushModule(L, {{"raise", Entry<RaiseError>},
                        {"to_error", Entry<ToErrorObject>},
                        {"did_you_mean", Entry<Suggest>}});
}

}  // namespace tideway::binding
