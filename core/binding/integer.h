// 64-bit integers in Lua: a number within +-2^53, where a double holds every integer, and beyond it
// LuaJIT's boxed int64_t or uint64_t, which prints as 9007199254740993LL, compares and calculates.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <optional>

namespace tideway::binding {

inline constexpr int64_t kMaxExactInt = int64_t{1} << 53;

void PushInt(lua_State* L, int64_t value);
void PushUint(lua_State* L, uint64_t value);

enum class Boxed { kNone, kInt64, kUint64 };
// Which box the value at `index` is, with its 64 bits in `*bits`.
Boxed ReadBoxed(lua_State* L, int index, uint64_t* bits);
// The value as an int64: a whole number or a box that fits; nothing for all else (no strings).
std::optional<int64_t> ToInt(lua_State* L, int index);

}  // namespace tideway::binding
