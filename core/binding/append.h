// Appends Lua values to Arrow builders of any type.
#pragma once

#include <arrow/type_fwd.h>

#include <lua.hpp>

#include "core/base/error.h"

namespace tideway::binding {

// Appends the value at `index`; nil and tw.null append a null. A value that the builder's type does
// not hold exactly is an error of kind data ("300 is not an int8"): nothing is rounded or cut,
// except that an integer may become a float that equals it.
Status AppendValue(lua_State* L, int index, arrow::ArrayBuilder* builder);

}  // namespace tideway::binding
