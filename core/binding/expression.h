// Expressions in Lua: what tw.col makes (lua/tideway/col.lua).
#pragma once

#include <lua.hpp>

#include "core/binding/userdata.h"
#include "core/dataset/expression/expression.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<dataset::Expression> = "tideway.Expression";

// The expression at `index`, or null when it is something else.
inline dataset::ExpressionPtr OptExpression(lua_State* L, int index) {
  return OptObject<dataset::Expression>(L, index);
}

}  // namespace tideway::binding
