// Values between Arrow, JSON and Lua, keeping their kind: tw.null, int64 (a number within +-2^53,
// boxed beyond), 1.0 as a float, an empty array that is not an object, timestamps with their unit.
#pragma once

#include <arrow/type_fwd.h>

#include <lua.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "core/base/error.h"

namespace tideway::binding {

// Pushes tw.null, the one null that survives in tables.
void PushNull(lua_State* L);
bool IsNull(lua_State* L, int index);
// Pushes cell `row` of `column`. Null: tw.null.
Status PushCell(lua_State* L, const arrow::Array& column, int64_t row);
void PushJson(lua_State* L, const nlohmann::ordered_json& value);
// Errors (kind usage): functions, userdata, mixed keys, NaN or infinity, cycles.
Result<nlohmann::ordered_json> ToJson(lua_State* L, int index);
// A table of row tables (list) as one Arrow table: column types from the values, all rows looked
// at; integers and floats mixed give float64; any other mixture is an error naming column, row and
// both types.
Result<std::shared_ptr<arrow::Table>> RowsToTable(lua_State* L, int index);

}  // namespace tideway::binding
