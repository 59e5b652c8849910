#include "core/binding/integer.h"

#include <cmath>
#include <cstring>

#include "core/base/error.h"

namespace tideway::binding {

namespace {

constexpr int kCdata = 10;  // LuaJIT's type number, which lua.h does not name
constexpr const char* kHelper = "tideway.integer";

// The C API has no way to make a box: C++ writes the bits into a slot, and Lua reads the slot.
constexpr char kHelperSource[] = R"(
local ffi = ...
local int64, uint64 = ffi.typeof("int64_t"), ffi.typeof("uint64_t")
local slot, uslot = ffi.new("int64_t[1]"), ffi.new("uint64_t[1]")
local function kind(value)
  if ffi.istype(int64, value) then return 1 end
  if ffi.istype(uint64, value) then return 2 end
  return 0
end
return {
  slot, uslot, kind,
  function() return slot[0] end,
  function() return uslot[0] end,
}
)";

enum Field { kSlot = 1, kUnsignedSlot, kKind, kGet, kGetUnsigned };

void PushHelper(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, kHelper);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  luaL_loadbuffer(L, kHelperSource, sizeof kHelperSource - 1, "=tideway.integer");
  lua_pushcfunction(L, luaopen_ffi);
  lua_call(L, 0, 1);
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, kHelper);
}

void PushBits(lua_State* L, uint64_t bits, Field slot, Field get) {
  luaL_checkstack(L, 3, "integer");
  PushHelper(L);
  lua_rawgeti(L, -1, slot);
  std::memcpy(const_cast<void*>(lua_topointer(L, -1)), &bits, sizeof bits);
  lua_rawgeti(L, -2, get);
  lua_call(L, 0, 1);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

}  // namespace

void PushInt(lua_State* L, int64_t value) {
  if (value >= -kMaxExactInt && value <= kMaxExactInt) {
    lua_pushnumber(L, static_cast<lua_Number>(value));
  } else {
    PushBits(L, static_cast<uint64_t>(value), kSlot, kGet);
  }
}

void PushUint(lua_State* L, uint64_t value) {
  if (value <= static_cast<uint64_t>(INT64_MAX)) return PushInt(L, static_cast<int64_t>(value));
  PushBits(L, value, kUnsignedSlot, kGetUnsigned);
}

Boxed ReadBoxed(lua_State* L, int index, uint64_t* bits) {
  if (lua_type(L, index) != kCdata) return Boxed::kNone;
  luaL_checkstack(L, 4, "integer");
  lua_pushvalue(L, index);
  PushHelper(L);
  lua_rawgeti(L, -1, kKind);
  lua_pushvalue(L, -3);
  lua_call(L, 1, 1);
  const auto kind = static_cast<Boxed>(lua_tointeger(L, -1));
  if (kind != Boxed::kNone) std::memcpy(bits, lua_topointer(L, -3), sizeof *bits);
  lua_pop(L, 3);
  return kind;
}

std::optional<int64_t> ToInt(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    const lua_Number number = lua_tonumber(L, index);
    if (number != std::floor(number) || !(number >= -0x1p63 && number < 0x1p63)) return {};
    return static_cast<int64_t>(number);
  }
  uint64_t bits = 0;
  const Boxed kind = ReadBoxed(L, index, &bits);
  const bool fits = kind == Boxed::kInt64 || (kind == Boxed::kUint64 && bits <= INT64_MAX);
  if (!fits) return {};
  return static_cast<int64_t>(bits);
}

}  // namespace tideway::binding
