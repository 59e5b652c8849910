// Row functions travel: a Lua function with everything it uses, copied into other Lua states.
//
//   ARROW_ASSIGN_OR_RAISE(auto shipped, ShipFunction(L, 2, "filter"));
//   ...
//   RETURN_NOT_OK(PushShipped(worker_state, *shipped));     // the function, on another thread
//
// What can be copied: numbers, boxed integers, strings, booleans, nil, tw.null, tw.labels, tables
// of these (shared and cyclic ones too, without metatables), Lua functions (by the same rules,
// recursively), and the pure functions and libraries of Lua by name. The copies of tables are
// read-only: whatever way a function takes to write to one ends in an error that names it.
//
// Errors of ShipFunction (kind script), raised when the plan is made, before any row is read:
//   - the function or one it calls assigns to a variable, or changes a table, from outside it
//   - it uses a value that cannot be copied: a userdata, a coroutine, a C function, a metatable
//   - it uses a global that row functions do not have (os, io, print, math.random, ...)
// Each names the variable, the function's place, and the remedy.
//
// Threads: ShipFunction on the thread of `L`; a ShippedFunction is immutable and shared freely.
#pragma once

#include <lua.hpp>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::binding {

struct ShippedFunction {
  std::string payload;   // what PushShipped reads
  std::string identity;  // a hash of code and values, equal in every process and folder
  std::string where;     // "scripts/grievances.lua:12"
  // Names that occur in the code, the function's own and that of the functions it uses.
  std::set<std::string> keys_read;     // `row.name`
  std::set<std::string> keys_written;  // `{ n = 1 }`
  bool reads_computed_keys = false;    // `row[name]`, pairs(row)
  bool writes_computed_keys = false;   // `t[k] = v`
  // `x ^ y` and math.pow: the compiler of LuaJIT makes x ^ 2 a product, its interpreter asks the C
  // library, and the last digit may differ. Such functions are interpreted, to be the same for all
  // batches.
  bool uses_power = false;
  // The keys of every table that the function returns, where all are written out in `return {...}`.
  bool returns_only_constructors = false;
  std::set<std::string> returned_keys;
};
using ShippedPtr = std::shared_ptr<const ShippedFunction>;

// Ships the function at `index`; `operation` begins the error messages: "filter".
Result<ShippedPtr> ShipFunction(lua_State* L, int index, std::string_view operation);

// What a state needs to receive functions: registry references to the globals of row functions, the
// tideway module, the function that makes a read-only table and gives its contents to be filled,
// and the one that makes labels of a list.
struct Receiver {
  int globals;
  int module;
  int freeze;
  int labels;
};
// Pushes a copy of the function. May raise Lua's memory error: call it protected.
void PushShipped(lua_State* L, const ShippedFunction& function, const Receiver& receiver);

}  // namespace tideway::binding
