#include <arrow/table.h>
#include <arrow/type.h>

#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/value.h"
#include "core/dataset/gathered_rows.h"
#include "core/dataset/type_name.h"

namespace tideway::binding {
template <>
inline constexpr const char* kClassName<dataset::GatheredRows> = "tideway.GatheredRows";
}  // namespace tideway::binding

namespace tideway::dataset {

int OpenGather(lua_State* L);

namespace {

using binding::CheckObject;
using binding::Push;
using binding::RuntimeOf;

// The columns of a table of types by name, in the order of the names.
Result<arrow::FieldVector> CheckColumns(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  arrow::FieldVector fields;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const std::string name = binding::CheckString(L, -2);
    ARROW_ASSIGN_OR_RAISE(auto type, TypeFromName(binding::CheckString(L, -1)));
    fields.push_back(arrow::field(name, std::move(type)));
  }
  std::sort(fields.begin(), fields.end(),
            [](const auto& a, const auto& b) { return a->name() < b->name(); });
  return fields;
}

// check_columns(types): raises unless each is a type's name.
Result<int> CheckTypes(lua_State* L) {
  RETURN_NOT_OK(CheckColumns(L, 1).status());
  return 0;
}

// new(name, types): a GatheredRows.
Result<int> New(lua_State* L) {
  const std::string name = binding::CheckString(L, 1);
  ARROW_ASSIGN_OR_RAISE(auto fields, CheckColumns(L, 2));
  ARROW_ASSIGN_OR_RAISE(auto gathered, GatheredRows::Create(name, arrow::schema(std::move(fields)),
                                                            RuntimeOf(L).run()));
  binding::PushObject(L, std::move(gathered));
  return 1;
}

// add(gathered, types, rows): rows are a list of tables.
Result<int> Add(lua_State* L) {
  const auto gathered = CheckObject<GatheredRows>(L, 1);
  ARROW_ASSIGN_OR_RAISE(const auto fields, CheckColumns(L, 2));
  ARROW_ASSIGN_OR_RAISE(auto table, binding::RowsToTable(L, 3, fields));
  return binding::Park(L, [gathered, table = std::move(table)]() -> Result<Push> {
    RETURN_NOT_OK(gathered->Add(table));
    return Push();
  });
}

// finish(gathered): the dataset.
Result<int> Finish(lua_State* L) {
  const auto gathered = CheckObject<GatheredRows>(L, 1);
  return binding::Park(L, [gathered]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(NodePtr plan, gathered->Finish());
    return Push([plan = std::move(plan)](lua_State* state) {
      binding::PushDataset(state, plan);
      return 1;
    });
  });
}

}  // namespace

int OpenGather(lua_State* L) {
  return binding::PushModule(L, {{"check_columns", binding::Entry<CheckTypes>},
                                 {"new", binding::Entry<New>},
                                 {"add", binding::WaitingEntry<Add>},
                                 {"finish", binding::WaitingEntry<Finish>}});
}

}  // namespace tideway::dataset
