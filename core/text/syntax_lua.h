// Syntaxes as scripts give them: tideway.stats.Syntax. Lua-thread only.
#pragma once

#include "core/text/syntax.h"

struct lua_State;

namespace tideway::text {

// Of the table at `index`. A field that is unknown or of another type raises. Errors of kind usage:
// those of Syntax::Make.
Result<Syntax> ReadSyntax(lua_State* L, int index);

// Of a table of such tables by language, whose names are in lower case; nil is an empty one, what
// is no table raises.
Result<SyntaxTable> ReadSyntaxes(lua_State* L, int index);

}  // namespace tideway::text
