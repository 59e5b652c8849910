// Errors on both sides of the crossing. In Lua an error object is a table of class tideway.Error
// with the fields kind, message, hint, retryable, retry_after_s, cause (another error object),
// where ("script.lua:12"), traceback; tostring gives the message.
#pragma once

#include <functional>
#include <lua.hpp>
#include <string>

#include "core/base/error.h"

namespace tideway::binding {

// The metatable of error objects, in the registry.
inline constexpr const char* kErrorClass = "tideway.Error";

// Pushes the error object for a failed `status`, secrets redacted. Where and traceback are those of
// the running script unless the status has its own.
void PushError(lua_State* L, const Status& status);
// As above, with where and traceback of the coroutine `task`.
void PushErrorOf(lua_State* L, lua_State* task, const Status& status);
// Raises the error object for a failed `status`. Destructors of the frames it leaves run.
[[noreturn]] void Raise(lua_State* L, const Status& status);
// The Status for the error value at `index`: an error object keeps its fields (so does any table
// with a text in `message`); a string or anything else becomes kind `script` with the "file:line:"
// prefix split off into where. Calls no metamethod and never raises: without memory to read the
// value it is an error of kind memory.
Status ToStatus(lua_State* L, int index);
// "script.lua:12": the innermost line of `L` that is the user's, not ours. Empty when there is
// none.
std::string WhereOf(lua_State* L);
// A handler for lua_pcall and xpcall: gives a raised text the form of an error object, with the
// traceback of the place where it was raised.
int ErrorHandler(lua_State* L);
// Where the standard xpcall stands in the registry: scripts see one of their own.
inline constexpr const char* kXpcallKey = "tideway.xpcall";
// Calls the function below its `arguments` on the stack as lua_pcall does, with a traceback
// handler. On OK the results are on the stack; on failure nothing is.
Status ProtectedCall(lua_State* L, int arguments, int results);
// Calls `f` in the same way, with the `arguments` on top of the stack as its own; it returns how
// many results it pushed. What touches Lua outside a call from Lua (a callback of the loop, a
// command) goes through here: there an error, as for a full heap, would end the process.
using LuaAction = std::function<int(lua_State*)>;
Status CallProtected(lua_State* L, int arguments, int results, const LuaAction& f);
// Lua's own text for a full heap, in the registry of every prepared state.
inline constexpr const char* kNoMemoryKey = "tideway.no_memory";
// Makes what the two above need, so that they allocate nothing later. Once for each state.
void PrepareErrors(lua_State* L);
// Pushes ErrorHandler, as prepared.
void PushErrorHandler(lua_State* L);

}  // namespace tideway::binding
