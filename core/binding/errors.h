// Errors on both sides of the crossing. In Lua an error object is a table of class tideway.Error
// with the fields kind, message, hint, retryable, retry_after_s, cause (another error object),
// where ("script.lua:12"), traceback; tostring gives the message.
#pragma once

#include <lua.hpp>
#include <string>

#include "core/base/error.h"

namespace tideway::binding {

// The metatable of error objects, in the registry.
inline constexpr const char* kErrorClass = "tideway.Error";

// Pushes the error object for a failed `status`, secrets redacted. Where and traceback are those of
// the running script unless the status has its own.
void PushError(lua_State* L, const Status& status);
// Raises the error object for a failed `status`. Destructors of the frames it leaves run.
[[noreturn]] void Raise(lua_State* L, const Status& status);
// The Status for the error value at `index`: an error object keeps its fields (so does any table
// with a text in `message`); a string or anything else becomes kind `script` with the "file:line:"
// prefix split off into where.
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

}  // namespace tideway::binding
