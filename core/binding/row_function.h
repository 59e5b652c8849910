// Lua functions as operators of a plan: filter(function), map(function), map(column, function),
// flat_map(function).
//
//   ARROW_ASSIGN_OR_RAISE(NodePtr node, FilterRows(L, 2, dataset->plan()));
//
// The function is shipped when the node is made (ship_function.h: what it may use, and the errors
// when it uses more) and runs on every worker, in a Lua state of its own (udf_state.h). It is
// called once per row, in order within a batch; batches run side by side. Its result may depend on
// its row alone, so the rows that come out are the same for any number of workers.
//
// Columns of the result:
//   - a column that is there keeps its type, unless `returns` names another
//   - a new column has the type that `returns` declares: { n = "int64" }; the list form { "n" },
//   and a
//     new column that is written out in the function's `return { n = ... }`, mean float64
//   - a row whose table lacks a column keeps that column's old value; a new column is then null
//   - tw.null (and nil, in a column function) makes the cell null
// A value of another type is an error (kind script) that names column, wanted type, value and row.
//
// Threads: called on the thread of `L`; the nodes are immutable.
#pragma once

#include <lua.hpp>
#include <string>

#include "core/dataset/node.h"

namespace tideway::binding {

// Keeps the rows for which the function at `function` returns neither false nor nil.
Result<dataset::NodePtr> FilterRows(lua_State* L, int function, dataset::NodePtr input);

// Calls the function with a row; it returns a table of columns to replace or add. `options` is the
// stack index of the options table (`returns`), which may be nil.
Result<dataset::NodePtr> MapRows(lua_State* L, int function, int options, dataset::NodePtr input);

// Calls the function with a row; it returns a list of such tables, one for each row to come. A
// table that lacks a column keeps the old value; `{}` is the row as it was. Every new column has to
// be declared. However many rows come of one, they lie in batches of bounded size; for each, the
// function is called again on the row that the last one ended in.
Result<dataset::NodePtr> FlatMapRows(lua_State* L, int function, int options,
                                     dataset::NodePtr input);

// Calls the function with the value of one column, nil for null; it returns the new value. Here
// `returns` is one type: "int64".
Result<dataset::NodePtr> MapColumn(lua_State* L, std::string column, int function, int options,
                                   dataset::NodePtr input);

}  // namespace tideway::binding
