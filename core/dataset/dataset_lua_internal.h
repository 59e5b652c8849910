// The bindings of tideway.core.dataset, one per function of lua/tideway/dataset.lua; sources,
// operators and sinks are a file each. Lua-thread only.
#pragma once

#include "core/dataset/expression/expression.h"
#include "core/dataset/node.h"

struct lua_State;

namespace tideway::dataset::lua {

// The plan of the dataset at `index`; raises a usage error for anything else.
NodePtr PlanOf(lua_State* L, int index);

// Whether the value is a table of which nothing is a list.
bool IsMap(lua_State* L, int index);

// The expression (tw.col) at `index`, or null when it is something else.
ExpressionPtr OptExpression(lua_State* L, int index);

// dataset_sources_lua.cc
Result<int> FromRows(lua_State* L);
Result<int> ReadParquetFiles(lua_State* L);
Result<int> ReadCsvFiles(lua_State* L);
Result<int> ReadJsonlFiles(lua_State* L);
Result<int> ReadTextFiles(lua_State* L);
Result<int> ReadWholeFilesOf(lua_State* L);
Result<int> ReadArrowFiles(lua_State* L);

// dataset_operators_lua.cc
Result<int> Select(lua_State* L);
Result<int> Drop(lua_State* L);
Result<int> Rename(lua_State* L);
Result<int> Filter(lua_State* L);
Result<int> Map(lua_State* L);
Result<int> FlatMap(lua_State* L);
Result<int> Limit(lua_State* L);
Result<int> Skip(lua_State* L);
Result<int> Cache(lua_State* L);
Result<int> Tap(lua_State* L);
Result<int> Sample(lua_State* L);
Result<int> Encode(lua_State* L);
Result<int> Distinct(lua_State* L);
Result<int> Sort(lua_State* L);
Result<int> Pack(lua_State* L);
Result<int> Shuffle(lua_State* L);

// dataset_combine_lua.cc
Result<int> Concat(lua_State* L);
Result<int> GroupBy(lua_State* L);
Result<int> Join(lua_State* L);
Result<int> Mix(lua_State* L);

// dataset_split_lua.cc
Result<int> Split(lua_State* L);

// dataset_expressions_lua.cc
Result<int> With(lua_State* L);
Result<int> Cast(lua_State* L);

// dataset_diff_lua.cc
Result<int> Diff(lua_State* L);

// dataset_describe_lua.cc
Result<int> Describe(lua_State* L);

// dataset_sinks_lua.cc
Result<int> Count(lua_State* L);
Result<int> Head(lua_State* L);
Result<int> Collect(lua_State* L);
Result<int> Rows(lua_State* L);
Result<int> Fetch(lua_State* L);
Result<int> Take(lua_State* L);
Result<int> Schema(lua_State* L);
Result<int> Plan(lua_State* L);

// dataset_files_lua.cc
Result<int> WriteParquetRows(lua_State* L);
Result<int> WriteParquetParts(lua_State* L);
Result<int> WriteArrowRows(lua_State* L);
Result<int> WriteArrowParts(lua_State* L);
Result<int> WriteJsonlRows(lua_State* L);
Result<int> WriteJsonlParts(lua_State* L);
Result<int> WriteTextRows(lua_State* L);
Result<int> WriteTextParts(lua_State* L);
Result<int> WriteTokensRows(lua_State* L);
Result<int> WriteTokensParts(lua_State* L);
Result<int> WriteCsvRows(lua_State* L);
Result<int> WriteCsvParts(lua_State* L);
Result<int> Tee(lua_State* L);

}  // namespace tideway::dataset::lua
