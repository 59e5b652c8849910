#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/record.h"
#include "core/binding/secrets.h"
#include "core/binding/shape.h"
#include "core/binding/userdata.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 200;
constexpr size_t kMaxShownPath = 60;  // of a path in an error, in bytes; that of a cycle has no end

bool IsWhole(double number) { return number == std::floor(number) && std::isfinite(number); }

bool IsWholeFloat(const Json& value) {
  return value.is_number_float() && IsWhole(value.get<double>());
}

void PushArray(lua_State* L, const Json& array) {
  std::vector<int> floats;
  lua_createtable(L, static_cast<int>(array.size()), 0);
  int position = 0;
  for (const Json& element : array) {
    ++position;
    if (IsWholeFloat(element)) floats.push_back(position);
    PushJson(L, element);
    lua_rawseti(L, -2, position);
  }
  MarkArray(L, floats);
}

void PushObjectTable(lua_State* L, const Json& object) {
  std::vector<std::string> order, floats;
  lua_createtable(L, 0, static_cast<int>(object.size()));
  for (const auto& [key, element] : object.items()) {
    order.push_back(key);
    if (IsWholeFloat(element)) floats.push_back(key);
    PushString(L, key);
    PushJson(L, element);
    lua_rawset(L, -3);
  }
  PushObjectShape(L, order, floats);
  lua_setmetatable(L, -2);
}

// One conversion from Lua, with the path to the value at hand for errors.
class Encoder {
 public:
  explicit Encoder(lua_State* L) : L_(L) {}
  Result<Json> Value(int index, bool is_float);

 private:
  Result<Json> Number(int index, bool is_float);
  Result<Json> Table(int index);
  Result<Json> Array(int index, int shape);
  Result<Json> Object(int index, int shape);
  Result<Json> Text(int index);
  std::vector<std::string> Keys(int index, int shape);
  Status Fail(const std::string& what) const;

  lua_State* const L_;
  std::string path_;
  int depth_ = 0;
};

Status Encoder::Fail(const std::string& what) const {
  if (path_.empty()) return Error(ErrorKind::kUsage, "json: " + what);
  size_t shown = std::min(path_.size(), kMaxShownPath);
  while (shown < path_.size() && (static_cast<unsigned char>(path_[shown]) & 0xC0) == 0x80) --shown;
  const std::string rest = shown < path_.size() ? "..." : "";
  return Error(ErrorKind::kUsage, "json: " + what + " at `" + path_.substr(0, shown) + rest + "`");
}

Result<Json> Encoder::Value(int index, bool is_float) {
  luaL_checkstack(L_, 10, "json");
  uint64_t bits = 0;
  switch (lua_type(L_, index)) {
    case LUA_TNIL:
      return Json(nullptr);
    case LUA_TBOOLEAN:
      return Json(lua_toboolean(L_, index) != 0);
    case LUA_TNUMBER:
      return Number(index, is_float);
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(L_, index, &size);
      return Json(std::string(text, size));
    }
    case LUA_TTABLE:
      return IsRecord(L_, index) ? Text(index) : Table(index);
    default:
      break;
  }
  if (IsNull(L_, index)) return Json(nullptr);
  if (OptObject<Secret>(L_, index) != nullptr) return Json(kRedacted);
  const Boxed boxed = ReadBoxed(L_, index, &bits);
  if (boxed == Boxed::kInt64) return Json(static_cast<int64_t>(bits));
  if (boxed == Boxed::kUint64) return Json(bits);
  return Fail("cannot encode a " + TypeName(L_, index));
}

Result<Json> Encoder::Number(int index, bool is_float) {
  const double number = lua_tonumber(L_, index);
  if (!std::isfinite(number))
    return Fail(std::isnan(number) ? "NaN has no form" : "infinity has no form");
  const bool whole = IsWhole(number) && std::abs(number) <= static_cast<double>(kMaxExactInt);
  if (whole && !is_float) return Json(static_cast<int64_t>(number));
  return Json(number);
}

Result<Json> Encoder::Text(int index) {
  luaL_callmeta(L_, index, "__tostring");
  Json text = CheckString(L_, -1);
  lua_pop(L_, 1);
  return text;
}

Result<Json> Encoder::Table(int index) {
  if (index < 0) index += lua_gettop(L_) + 1;
  if (++depth_ > kMaxDepth) return Fail("nested deeper than 200, or a cycle");
  const Shape shape = PushShape(L_, index);
  const int shape_index = lua_gettop(L_);
  const bool array =
      shape == Shape::kArray || (shape == Shape::kPlain && lua_objlen(L_, index) > 0);
  Result<Json> result = array ? Array(index, shape_index) : Object(index, shape_index);
  lua_settop(L_, shape_index - 1);
  --depth_;
  return result;
}

Result<Json> Encoder::Array(int index, int shape) {
  const int count = static_cast<int>(lua_objlen(L_, index));
  int entries = 0;
  for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) ++entries;
  if (entries != count) return Fail("table mixes list and named entries, or has holes");
  Json array = Json::array();
  const size_t path_size = path_.size();
  for (int i = 1; i <= count; ++i) {
    path_ += "[" + std::to_string(i) + "]";
    lua_pushinteger(L_, i);
    lua_rawgeti(L_, index, i);
    const int key = lua_gettop(L_) - 1;
    ARROW_ASSIGN_OR_RAISE(Json element, Value(key + 1, IsFloatKey(L_, shape, key)));
    array.push_back(std::move(element));
    lua_pop(L_, 2);
    path_.resize(path_size);
  }
  return array;
}

// The recorded order first, then the rest sorted.
std::vector<std::string> Encoder::Keys(int index, int shape) {
  std::vector<std::string> rest;
  for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) {
    size_t size = 0;
    const char* key = lua_type(L_, -2) == LUA_TSTRING ? lua_tolstring(L_, -2, &size) : nullptr;
    if (key != nullptr) rest.emplace_back(key, size);
  }
  std::sort(rest.begin(), rest.end());
  std::vector<std::string> keys;
  for (std::string& key : OrderOf(L_, shape)) {
    auto found = std::lower_bound(rest.begin(), rest.end(), key);
    if (found == rest.end() || *found != key) continue;
    rest.erase(found);
    keys.push_back(std::move(key));
  }
  keys.insert(keys.end(), rest.begin(), rest.end());
  return keys;
}

Result<Json> Encoder::Object(int index, int shape) {
  size_t entries = 0;
  for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) ++entries;
  const std::vector<std::string> keys = Keys(index, shape);
  if (keys.size() != entries) return Fail("keys must be strings");
  Json object = Json::object();
  const size_t path_size = path_.size();
  for (const std::string& name : keys) {
    path_ += (path_.empty() ? "" : ".") + name;
    PushString(L_, name);
    lua_pushvalue(L_, -1);
    lua_rawget(L_, index);
    const int key = lua_gettop(L_) - 1;
    ARROW_ASSIGN_OR_RAISE(Json element, Value(key + 1, IsFloatKey(L_, shape, key)));
    object.push_back({name, std::move(element)});
    lua_pop(L_, 2);
    path_.resize(path_size);
  }
  return object;
}

}  // namespace

void PushJson(lua_State* L, const Json& value) {
  luaL_checkstack(L, 8, "json");
  switch (value.type()) {
    case Json::value_t::boolean:
      return lua_pushboolean(L, value.get<bool>() ? 1 : 0);
    case Json::value_t::number_integer:
      return PushInt(L, value.get<int64_t>());
    case Json::value_t::number_unsigned:
      return PushUint(L, value.get<uint64_t>());
    case Json::value_t::number_float:
      return lua_pushnumber(L, value.get<double>());
    case Json::value_t::string:
      return PushString(L, value.get_ref<const std::string&>());
    case Json::value_t::array:
      return PushArray(L, value);
    case Json::value_t::object:
      return PushObjectTable(L, value);
    default:
      return PushNull(L);
  }
}

Result<Json> ToJson(lua_State* L, int index) {
  const int top = lua_gettop(L);
  Result<Json> result = Encoder(L).Value(index < 0 ? top + index + 1 : index, false);
  lua_settop(L, top);
  return result;
}

}  // namespace tideway::binding
