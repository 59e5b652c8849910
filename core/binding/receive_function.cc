#include <cstring>

#include "core/binding/integer.h"
#include "core/binding/ship_format_internal.h"
#include "core/binding/ship_function.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

// Rebuilds the tree on the Lua stack. The table at `objects_` holds the objects by number.
class Reader {
 public:
  Reader(lua_State* L, std::string_view payload, const Receiver& receiver)
      : L_(L), rest_(payload), receiver_(receiver) {
    lua_newtable(L_);
    objects_ = lua_gettop(L_);
  }

  // Pushes the next value.
  void Value() {
    luaL_checkstack(L_, 8, "row function");
    const char tag = rest_[0];
    rest_.remove_prefix(1);
    switch (tag) {
      case kShipTrue:
      case kShipFalse:
        return lua_pushboolean(L_, tag == kShipTrue ? 1 : 0);
      case kShipNumber:
        return lua_pushnumber(L_, Number<double>());
      case kShipInt64:
        return PushInt(L_, Number<int64_t>());
      case kShipUint64:
        return PushUint(L_, Number<uint64_t>());
      case kShipString:
        return Text();
      case kShipTable:
        return Table();
      case kShipFunction:
        return Function();
      case kShipLabels:
        return Labels();
      case kShipSeen:
        return lua_rawgeti(L_, objects_, static_cast<int>(Number<uint32_t>()));
      case kShipLibrary:
        return Library();
      case kShipNull:
        return PushNull(L_);
      case kShipModule:
        return lua_rawgeti(L_, LUA_REGISTRYINDEX, receiver_.module);
      default:
        return lua_pushnil(L_);
    }
  }

 private:
  template <typename T>
  T Number() {
    T value;
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  std::string_view Bytes() {
    const uint32_t size = Number<uint32_t>();
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  void Text() {
    const std::string_view text = Bytes();
    lua_pushlstring(L_, text.data(), text.size());
  }
  void Remember() {
    lua_pushvalue(L_, -1);
    lua_rawseti(L_, objects_, next_++);
  }

  // The contents are filled behind the frozen table, which they may hold themselves.
  void Table() {
    const uint32_t pairs = Number<uint32_t>();
    lua_rawgeti(L_, LUA_REGISTRYINDEX, receiver_.freeze);
    lua_pushinteger(L_, Number<uint32_t>());
    Text();
    lua_call(L_, 2, 2);
    lua_pushvalue(L_, -2);
    lua_rawseti(L_, objects_, next_++);
    for (uint32_t left = pairs; left > 0; --left) {
      Value();
      Value();
      lua_rawset(L_, -3);
    }
    lua_pop(L_, 1);
  }

  // Takes its number before its list does, as the writer counts.
  void Labels() {
    const int number = next_++;
    lua_rawgeti(L_, LUA_REGISTRYINDEX, receiver_.labels);
    Value();
    lua_call(L_, 1, 1);
    lua_pushvalue(L_, -1);
    lua_rawseti(L_, objects_, number);
  }

  void Function() {
    const std::string_view dump = Bytes();
    if (luaL_loadbufferx(L_, dump.data(), dump.size(), "row function", "b") != 0) lua_error(L_);
    Remember();
    lua_rawgeti(L_, LUA_REGISTRYINDEX, receiver_.globals);
    lua_setfenv(L_, -2);
    const int count = static_cast<int>(Number<uint32_t>());
    for (int i = 1; i <= count; ++i) {
      Value();
      lua_setupvalue(L_, -2, i);
    }
  }

  // "math" or "math.floor", out of the globals of row functions.
  void Library() {
    const std::string_view name = Bytes();
    const size_t dot = name.find('.');
    lua_rawgeti(L_, LUA_REGISTRYINDEX, receiver_.globals);
    for (const std::string_view part : {name.substr(0, dot), name.substr(dot + 1)}) {
      lua_pushlstring(L_, part.data(), part.size());
      lua_gettable(L_, -2);
      lua_remove(L_, -2);
      if (dot == std::string_view::npos) break;
    }
  }

  lua_State* L_;
  std::string_view rest_;
  const Receiver& receiver_;
  int objects_ = 0;
  int next_ = 0;
};

}  // namespace

void PushShipped(lua_State* L, const ShippedFunction& function, const Receiver& receiver) {
  Reader reader(L, function.payload, receiver);
  reader.Value();
  lua_remove(L, -2);
}

}  // namespace tideway::binding
