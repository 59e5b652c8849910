// Times, dates, durations and decimals in Lua: plain tables of a class (lua/tideway/time.lua,
// lua/tideway/decimal.lua) with the fields below.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <optional>
#include <string>

namespace tideway::binding {

inline constexpr const char* kTimeClass = "tideway.Time";
inline constexpr const char* kTimeOfDayClass = "tideway.TimeOfDay";
inline constexpr const char* kDurationClass = "tideway.Duration";
inline constexpr const char* kDateClass = "tideway.Date";
inline constexpr const char* kDecimalClass = "tideway.Decimal";

// A count of units since an origin: 1970 (Time), midnight (TimeOfDay), zero (Duration).
struct TimeValue {
  int64_t seconds = 0;
  int64_t nanoseconds = 0;  // 0 to 999,999,999
  std::string unit;         // "s", "ms", "us", "ns"
  std::string zone;         // Time only; empty: no zone
};
void PushTime(lua_State* L, const char* class_name, const TimeValue& value);
// The value at `index` if it is a table of that class.
std::optional<TimeValue> ToTime(lua_State* L, int index, const char* class_name);

void PushDate(lua_State* L, int64_t days);
std::optional<int64_t> ToDate(lua_State* L, int index);

struct DecimalValue {
  std::string text;  // "-12.50"
  int precision = 0;
  int scale = 0;
};
void PushDecimal(lua_State* L, const DecimalValue& value);
std::optional<DecimalValue> ToDecimal(lua_State* L, int index);

// Whether the value at `index` is of one of these classes.
bool IsRecord(lua_State* L, int index);

}  // namespace tideway::binding
