#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <memory>

#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/value.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/summary/describe.h"

namespace tideway::dataset::lua {
namespace {

using binding::Push;

Status SetCell(lua_State* L, const char* field, const arrow::Array& column, int64_t row) {
  RETURN_NOT_OK(binding::PushCell(L, column, row));
  lua_setfield(L, -2, field);
  return Status::OK();
}

// { { from =, to =, count = }, ... }
Status PushBars(lua_State* L, const ColumnSummary& column) {
  lua_createtable(L, static_cast<int>(column.bars.size()), 0);
  for (size_t i = 0; i < column.bars.size(); ++i) {
    lua_createtable(L, 0, 3);
    RETURN_NOT_OK(SetCell(L, "from", *column.edges, static_cast<int64_t>(i)));
    RETURN_NOT_OK(SetCell(L, "to", *column.edges, static_cast<int64_t>(i) + 1));
    binding::SetInt(L, "count", column.bars[i]);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  return Status::OK();
}

// { { value =, label =, count = }, ... }
Status PushTop(lua_State* L, const ColumnSummary& column) {
  lua_createtable(L, static_cast<int>(column.top_values.size()), 0);
  for (size_t i = 0; i < column.top_values.size(); ++i) {
    lua_createtable(L, 0, 3);
    ARROW_ASSIGN_OR_RAISE(const auto value, arrow::MakeArrayFromScalar(*column.top_values[i], 1));
    RETURN_NOT_OK(SetCell(L, "value", *value, 0));
    binding::SetInt(L, "count", column.top_counts[i]);
    if (column.labels && value->type_id() == arrow::Type::INT64) {
      const auto id = static_cast<size_t>(static_cast<const arrow::Int64Array&>(*value).Value(0));
      if (id < column.labels->size()) {
        binding::PushString(L, (*column.labels)[id]);
        lua_setfield(L, -2, "label");
      }
    }
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  return Status::OK();
}

void SetLengths(lua_State* L, const ColumnSummary::Lengths& lengths) {
  lua_createtable(L, 0, 3);
  binding::SetInt(L, "min", lengths.min);
  lua_pushnumber(L, lengths.mean);
  lua_setfield(L, -2, "mean");
  binding::SetInt(L, "max", lengths.max);
  lua_setfield(L, -2, "length");
}

Status PushColumn(lua_State* L, const ColumnSummary& column) {
  lua_createtable(L, 0, 12);
  binding::PushString(L, column.name);
  lua_setfield(L, -2, "name");
  binding::PushString(L, column.type->ToString());
  lua_setfield(L, -2, "type");
  binding::SetInt(L, "nulls", column.nulls);
  binding::SetInt(L, "nans", column.nans);
  if (column.distinct >= 0) binding::SetInt(L, "distinct", column.distinct);
  lua_pushboolean(L, column.distinct_is_exact);
  lua_setfield(L, -2, "distinct_is_exact");
  if (column.extremes != nullptr) {
    RETURN_NOT_OK(SetCell(L, "min", *column.extremes, 0));
    RETURN_NOT_OK(SetCell(L, "max", *column.extremes, 1));
  }
  if (column.mean) {
    lua_pushnumber(L, *column.mean);
    lua_setfield(L, -2, "mean");
  }
  if (column.lengths) SetLengths(L, *column.lengths);
  if (column.labels) {
    binding::PushStrings(L, *column.labels);
    lua_setfield(L, -2, "labels");
  }
  RETURN_NOT_OK(PushBars(L, column));
  lua_setfield(L, -2, "histogram");
  RETURN_NOT_OK(PushTop(L, column));
  lua_setfield(L, -2, "top");
  return Status::OK();
}

// Columns by number and by name.
Status PushSummary(lua_State* L, const Summary& summary) {
  lua_createtable(L, 0, 2);
  binding::SetInt(L, "rows", summary.rows);
  const auto count = static_cast<int>(summary.columns.size());
  lua_createtable(L, count, count);
  for (int i = 0; i < count; ++i) {
    const ColumnSummary& column = summary.columns[static_cast<size_t>(i)];
    binding::PushString(L, column.name);
    RETURN_NOT_OK(PushColumn(L, column));
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, i + 1);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "columns");
  return Status::OK();
}

}  // namespace

Result<int> Describe(lua_State* L) {
  const NodePtr plan = PlanOf(L, 1);
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [plan, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto summary, dataset::Describe(*plan, run));
    if (run.pretends()) run.RecordPlan("describe\n" + PrintPlan(*plan, 1));
    return Push([summary = std::move(summary)](lua_State* state) {
      if (const Status pushed = PushSummary(state, summary); !pushed.ok()) {
        binding::Raise(state, pushed);
      }
      return 1;
    });
  });
}

}  // namespace tideway::dataset::lua
