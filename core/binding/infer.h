// The Arrow type of Lua values: one value's, and the type that two values share.
#pragma once

#include <arrow/type_fwd.h>

#include <lua.hpp>
#include <memory>

#include "core/base/error.h"

namespace tideway::binding {

using TypePtr = std::shared_ptr<arrow::DataType>;

// The type of the value at `index`; `is_float`: a whole number counts as a float. Errors (kind
// data): a value that no column holds, a list whose elements share no type.
Result<TypePtr> TypeOfValue(lua_State* L, int index, bool is_float);
// The type that holds values of both, or null when there is none. Null goes with everything;
// integers with floats (float64), strings with bytes (binary), units of time with finer ones.
TypePtr SharedType(const TypePtr& a, const TypePtr& b);

}  // namespace tideway::binding
