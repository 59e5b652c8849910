#include <chrono>

#include "core/base/clock.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/runtime.h"

namespace tideway::binding {

namespace {

constexpr int64_t kMaxSeconds = 253'402'300'799;  // the end of the year 9999

// now(): seconds and nanoseconds since 1970, by the run's clock.
Result<int> Now(lua_State* L) {
  const int64_t now = RuntimeOf(L).run().clock().Now().count();
  PushInt(L, now / 1'000'000);
  PushInt(L, now % 1'000'000 * 1'000);
  return 2;
}

// monotonic(): seconds from a fixed, unnamed start.
Result<int> Monotonic(lua_State* L) {
  const std::chrono::duration<double> time = RuntimeOf(L).run().clock().Monotonic();
  lua_pushnumber(L, time.count());
  return 1;
}

// format(seconds, pattern): strftime's letters, in UTC.
Result<int> Format(lua_State* L) {
  const int64_t seconds = CheckInt(L, 1);
  if (seconds < -kMaxSeconds || seconds > kMaxSeconds) {
    return Error(ErrorKind::kUsage,
                 "time: format is for the years up to 9999: " + std::to_string(seconds) + " s");
  }
  PushString(L, FormatUtc(std::chrono::seconds(seconds), CheckString(L, 2).c_str()));
  return 1;
}

}  // namespace

int OpenTime(lua_State* L) {
  return PushModule(
      L, {{"now", Entry<Now>}, {"monotonic", Entry<Monotonic>}, {"format", Entry<Format>}});
}

}  // namespace tideway::binding
