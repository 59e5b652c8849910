// Errors on both sides of the crossing. In Lua an error object is a table of class tideway.Error
// with the fields kind, message, hint, retryable, cause (another error object), where
// ("script.lua:12"), traceback; tostring gives the message.
#pragma once

#include <lua.hpp>

#include "core/base/error.h"

namespace tideway::binding {

// Pushes the error object for a failed `status`.
void PushError(lua_State* L, const Status& status);
// The Status for the error value at `index`: an error object keeps its fields; a string or anything
// else becomes kind `script` with the "file:line:" prefix split off into where.
Status ToStatus(lua_State* L, int index);
// Calls the function below its `arguments` on the stack as lua_pcall does, with a traceback
// handler. On OK the results are on the stack; on failure nothing is.
Status ProtectedCall(lua_State* L, int arguments, int results);

}  // namespace tideway::binding
