// Values between Arrow, JSON and Lua, keeping their kind.
//
//   null                 tw.null, which survives in tables (and counts as true in a condition)
//   bool, string         the same; binary is a string of bytes
//   integers             a number within +-2^53, boxed beyond (integer.h)
//   floats               a number; that 1.0 is a float is kept by the table it lies in (shape.h)
//   decimal              tideway.Decimal: text, precision, scale; prints as 12.50
//   timestamp            tideway.Time: seconds, nanoseconds, unit ("s", "ms", "us", "ns"), zone
//   date, time           tideway.Date: days; tideway.TimeOfDay: seconds, nanoseconds, unit
//   duration             tideway.Duration: seconds, nanoseconds, unit
//   list                 a table marked as an array, so that an empty one is not an object
//   struct, map          a table that knows the order of its keys; a map is a list of {key, value}
//   dictionary           the value it stands for
//
// The way back is the same table read from the right; where a type has several (int32,
// large_string, binary that happens to be UTF-8) the caller declares it. Lua-thread only.
#pragma once

#include <arrow/type_fwd.h>

#include <lua.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/base/error.h"

namespace tideway::binding {

// Pushes tw.null, the one null that survives in tables.
void PushNull(lua_State* L);
bool IsNull(lua_State* L, int index);
// Pushes cell `row` of `column`. Null: tw.null. Errors (kind data): a type that is not above.
Status PushCell(lua_State* L, const arrow::Array& column, int64_t row);

// Pushes rows of one schema as tables that know the order and the float columns of it.
class RowPusher {
 public:
  RowPusher(lua_State* L, std::shared_ptr<arrow::Schema> schema);
  ~RowPusher();
  RowPusher(const RowPusher&) = delete;
  // `batch` has the schema. Pushes one table, or nothing on an error.
  Status Push(const arrow::RecordBatch& batch, int64_t row);

 private:
  lua_State* const L_;
  const std::shared_ptr<arrow::Schema> schema_;
  int shape_;  // registry reference
};

void PushJson(lua_State* L, const nlohmann::ordered_json& value);
// Object keys in the order of the JSON text or the row they came from, else sorted. Times, dates
// and decimals are texts, a secret is "[secret]". Errors (kind usage, with the path to the value):
// functions, userdata, mixed keys, NaN or infinity, cycles.
Result<nlohmann::ordered_json> ToJson(lua_State* L, int index);

// A table of row tables (list) as one Arrow table: column types from the values, all rows looked
// at; integers and floats mixed give float64; any other mixture is an error (kind data) naming
// column, row and both types. A column in `declared` has the declared type, and a value that does
// not fit is an error. Order: declared columns, then as the rows know it, then by name.
Result<std::shared_ptr<arrow::Table>> RowsToTable(
    lua_State* L, int index, const std::vector<std::shared_ptr<arrow::Field>>& declared = {});

}  // namespace tideway::binding
