#include "core/binding/kernel.h"

#include <arrow/api.h>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

dataset::KernelPtr CheckKernel(lua_State* L, int index) {
  return CheckObject<dataset::ColumnKernel>(L, index);
}

Result<std::shared_ptr<arrow::Array>> OneCell(lua_State* L, int index, std::string_view kernel) {
  arrow::StringBuilder builder;
  if (IsNull(L, index)) {
    RETURN_NOT_OK(builder.AppendNull());
  } else if (lua_type(L, index) == LUA_TSTRING) {
    size_t size = 0;
    const char* text = lua_tolstring(L, index, &size);
    RETURN_NOT_OK(builder.Append(std::string_view(text, size)));
  } else {
    return Error(ErrorKind::kUsage,
                 std::string(kernel) + ": takes a string or tw.null, not " + TypeName(L, index));
  }
  return builder.Finish();
}

Result<int> Call(lua_State* L) {
  const dataset::KernelPtr kernel = CheckKernel(L, 1);
  ARROW_ASSIGN_OR_RAISE(auto column, OneCell(L, 2, kernel->name()));
  RETURN_NOT_OK(kernel->OutputType(*column->type()));
  dataset::Worker worker(0);
  ARROW_ASSIGN_OR_RAISE(auto result, kernel->Apply(column, worker));
  RETURN_NOT_OK(PushCell(L, *result, 0));
  return 1;
}

Result<int> Describe(lua_State* L) {
  const dataset::KernelPtr kernel = CheckKernel(L, 1);
  PushString(L, std::string(kernel->name()) + " " + kernel->OptionsJson());
  return 1;
}

}  // namespace

void PushKernel(lua_State* L, const dataset::KernelPtr& kernel) {
  PushObject(L, std::const_pointer_cast<dataset::ColumnKernel>(kernel));
}

dataset::KernelPtr OptKernel(lua_State* L, int index) {
  return OptObject<dataset::ColumnKernel>(L, index);
}

int OpenKernel(lua_State* L) {
  return PushModule(L, {{"call", Entry<Call>}, {"describe", Entry<Describe>}});
}

}  // namespace tideway::binding
