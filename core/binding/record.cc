#include "core/binding/record.h"

#include "core/binding/arguments.h"
#include "core/binding/fields.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

namespace {

void SetString(lua_State* L, const char* field, const std::string& value) {
  PushString(L, value);
  lua_setfield(L, -2, field);
}

int64_t GetInt(lua_State* L, int index, const char* field) {
  lua_getfield(L, index, field);
  const int64_t value = ToInt(L, -1).value_or(0);
  lua_pop(L, 1);
  return value;
}

std::string GetString(lua_State* L, int index, const char* field) {
  lua_getfield(L, index, field);
  std::string value = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  lua_pop(L, 1);
  return value;
}

// Gives the table on top its class; the class's methods are loaded with its first value.
void SetClass(lua_State* L, const char* class_name, const char* module) {
  PushClass(L, class_name);
  lua_getfield(L, -1, "__index");
  if (lua_isnil(L, -1)) RequireModule(L, module);
  lua_pop(L, 1);
  lua_setmetatable(L, -2);
}

}  // namespace

void PushTime(lua_State* L, const char* class_name, const TimeValue& value) {
  lua_createtable(L, 0, 4);
  SetInt(L, "seconds", value.seconds);
  SetInt(L, "nanoseconds", value.nanoseconds);
  SetString(L, "unit", value.unit);
  if (!value.zone.empty()) SetString(L, "zone", value.zone);
  SetClass(L, class_name, "tideway.time");
}

std::optional<TimeValue> ToTime(lua_State* L, int index, const char* class_name) {
  if (!IsClass(L, index, class_name)) return {};
  return TimeValue{GetInt(L, index, "seconds"), GetInt(L, index, "nanoseconds"),
                   GetString(L, index, "unit"), GetString(L, index, "zone")};
}

void PushDate(lua_State* L, int64_t days) {
  lua_createtable(L, 0, 1);
  SetInt(L, "days", days);
  SetClass(L, kDateClass, "tideway.time");
}

std::optional<int64_t> ToDate(lua_State* L, int index) {
  if (!IsClass(L, index, kDateClass)) return {};
  return GetInt(L, index, "days");
}

void PushDecimal(lua_State* L, const DecimalValue& value) {
  lua_createtable(L, 0, 3);
  SetString(L, "text", value.text);
  SetInt(L, "precision", value.precision);
  SetInt(L, "scale", value.scale);
  SetClass(L, kDecimalClass, "tideway.decimal");
}

std::optional<DecimalValue> ToDecimal(lua_State* L, int index) {
  if (!IsClass(L, index, kDecimalClass)) return {};
  return DecimalValue{GetString(L, index, "text"), static_cast<int>(GetInt(L, index, "precision")),
                      static_cast<int>(GetInt(L, index, "scale"))};
}

bool IsRecord(lua_State* L, int index) {
  if (!lua_istable(L, index)) return false;
  for (const char* name :
       {kTimeClass, kTimeOfDayClass, kDurationClass, kDateClass, kDecimalClass}) {
    if (IsClass(L, index, name)) return true;
  }
  return false;
}

}  // namespace tideway::binding
