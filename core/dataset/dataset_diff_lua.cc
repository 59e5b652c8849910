#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/op/diff.h"

namespace tideway::dataset::lua {
namespace {

using binding::Push;

void SetDataset(lua_State* L, const char* field, const NodePtr& plan) {
  binding::PushDataset(L, plan);
  lua_setfield(L, -2, field);
}

void PushDifference(lua_State* L, const Difference& difference) {
  lua_createtable(L, 0, 5);
  SetDataset(L, "added", difference.added_rows);
  SetDataset(L, "removed", difference.removed_rows);
  SetDataset(L, "changed", difference.changed_rows);
  lua_createtable(L, 0, 6);
  binding::SetInt(L, "before", difference.before_rows);
  binding::SetInt(L, "after", difference.after_rows);
  binding::SetInt(L, "added", difference.added);
  binding::SetInt(L, "removed", difference.removed);
  binding::SetInt(L, "changed", difference.changed);
  binding::SetInt(L, "unchanged", difference.after_rows - difference.added - difference.changed);
  lua_setfield(L, -2, "counts");
  lua_createtable(L, 0, static_cast<int>(difference.columns.size()));
  for (const auto& [name, rows] : difference.columns) {
    binding::PushString(L, name);
    binding::PushInt(L, rows);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "columns");
}

}  // namespace

// before, after, options -> a table of datasets and counts
Result<int> Diff(lua_State* L) {
  const NodePtr before = PlanOf(L, 1);
  const NodePtr after = PlanOf(L, 2);
  binding::Options options(L, 3, "diff");
  const auto key = options.Strings("key");
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [before, after, key, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto difference, dataset::Diff(before, after, key, run));
    if (run.pretends()) {
      run.RecordPlan("diff (not run: counts are taken as 0)\n" +
                     PrintParts({{"before", before}, {"after", after}}));
    }
    return Push([difference = std::move(difference)](lua_State* state) {
      PushDifference(state, difference);
      return 1;
    });
  });
}

}  // namespace tideway::dataset::lua
