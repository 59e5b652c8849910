#include "core/binding/arguments.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/binding/errors.h"
#include "core/binding/secrets.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

namespace {

[[noreturn]] void RaiseUsage(lua_State* L, const std::string& message) {
  Raise(L, Error(ErrorKind::kUsage, message));
}

std::string FunctionName(lua_State* L) {
  const char* name = lua_tostring(L, lua_upvalueindex(1));  // set by PushModule
  return name == nullptr ? "call" : name;
}

[[noreturn]] void RaiseSecret(lua_State* L, const Secret& secret) {
  Raise(L,
        Error(ErrorKind::kUsage, FunctionName(L) + ": a text must not be a secret: " + secret.name)
            .Hint("only tw.sql, for URIs and parameters, tw.http and tw.hub, for names and "
                  "secrets, take "
                  "secrets; "
                  "tw.env(\"" +
                  secret.name + "\", { secret = false }) gives a plain setting"));
}

std::optional<std::string> ToText(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) {
    size_t size = 0;
    const char* text = lua_tolstring(L, index, &size);
    return std::string(text, size);
  }
  if (const auto secret = OptObject<Secret>(L, index)) RaiseSecret(L, *secret);
  return {};
}

// A number as itself, anything else as its type.
std::string NumberOrType(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TNUMBER) return TypeName(L, index);
  lua_pushvalue(L, index);
  const bool nan = std::isnan(lua_tonumber(L, -1));
  const std::string text = nan ? "nan" : lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

std::optional<std::vector<std::string>> ToTexts(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TTABLE) return {};
  std::vector<std::string> texts;
  const int count = static_cast<int>(lua_objlen(L, index));
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, i);
    auto text = ToText(L, -1);
    lua_pop(L, 1);
    if (!text) return {};
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::string KeyText(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) return lua_tostring(L, index);
  lua_pushvalue(L, index);
  const char* text = lua_tostring(L, -1);
  std::string result = text != nullptr ? text : luaL_typename(L, index);
  lua_pop(L, 1);
  return result;
}

}  // namespace

void RaiseArgument(lua_State* L, int index, const std::string& expected) {
  RaiseUsage(L, FunctionName(L) + ": argument " + std::to_string(index) + " must be " + expected +
                    ", not " + TypeName(L, index));
}

std::string CheckString(lua_State* L, int index) {
  if (auto text = ToText(L, index)) return *std::move(text);
  RaiseArgument(L, index, "a string");
}

int64_t CheckInt(lua_State* L, int index) {
  if (auto value = ToInt(L, index)) return *value;
  RaiseUsage(L, FunctionName(L) + ": argument " + std::to_string(index) +
                    " must be a whole number, not " + NumberOrType(L, index));
}

double CheckNumber(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) return lua_tonumber(L, index);
  if (auto value = ToInt(L, index)) return static_cast<double>(*value);
  RaiseArgument(L, index, "a number");
}

bool CheckBool(lua_State* L, int index) {
  if (lua_isboolean(L, index)) return lua_toboolean(L, index) != 0;
  RaiseArgument(L, index, "true or false");
}

std::vector<std::string> CheckStrings(lua_State* L, int index) {
  if (auto texts = ToTexts(L, index)) return *std::move(texts);
  RaiseArgument(L, index, "a list of strings");
}

void PushString(lua_State* L, std::string_view value) {
  lua_pushlstring(L, value.data(), value.size());
}

void PushStrings(lua_State* L, const std::vector<std::string>& values) {
  lua_createtable(L, static_cast<int>(values.size()), 0);
  for (size_t i = 0; i < values.size(); ++i) {
    PushString(L, values[i]);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
}

Options::Options(lua_State* L, int index, std::string function)
    : L_(L), index_(index), function_(std::move(function)) {
  if (lua_isnoneornil(L, index)) {
    index_ = 0;
  } else if (lua_type(L, index) != LUA_TTABLE) {
    RaiseUsage(L, function_ + ": options must be a table, not " + TypeName(L, index));
  }
}

void Options::PushValue(const char* name) {
  known_.emplace_back(name);
  luaL_checkstack(L_, 4, "options");
  if (index_ == 0) {
    lua_pushnil(L_);
  } else {
    lua_getfield(L_, index_, name);
  }
}

void Options::Wrong(const char* name, const char* expected, int index) {
  RaiseUsage(L_, function_ + ": option `" + name + "` must be " + expected + ", not " +
                     TypeName(L_, index));
}

void Options::Require(const char* name, const char* expected) {
  if (!Has(name)) {
    RaiseUsage(L_, function_ + ": option `" + name + "` is missing: " + expected);
  }
}

bool Options::Has(const char* name) {
  PushValue(name);
  const bool has = !lua_isnil(L_, -1);
  lua_pop(L_, 1);
  return has;
}

std::optional<std::string> Options::OptionalString(const char* name) {
  PushValue(name);
  if (lua_isnil(L_, -1)) {
    lua_pop(L_, 1);
    return {};
  }
  auto text = ToText(L_, -1);
  if (!text) Wrong(name, "a string", -1);
  lua_pop(L_, 1);
  return text;
}

std::string Options::String(const char* name, std::string fallback) {
  return OptionalString(name).value_or(std::move(fallback));
}

int64_t Options::RequiredInt(const char* name) {
  Require(name, "a whole number");
  return Int(name, 0);
}

int64_t Options::Int(const char* name, int64_t fallback) {
  PushValue(name);
  if (!lua_isnil(L_, -1)) {
    auto value = ToInt(L_, -1);
    if (!value) {
      RaiseUsage(L_, function_ + ": option `" + name + "` must be a whole number, not " +
                         NumberOrType(L_, -1));
    }
    fallback = *value;
  }
  lua_pop(L_, 1);
  return fallback;
}

double Options::RequiredNumber(const char* name) {
  Require(name, "a number");
  return Number(name, 0);
}

double Options::Number(const char* name, double fallback) {
  PushValue(name);
  if (!lua_isnil(L_, -1)) {
    if (lua_type(L_, -1) != LUA_TNUMBER) Wrong(name, "a number", -1);
    fallback = lua_tonumber(L_, -1);
  }
  lua_pop(L_, 1);
  return fallback;
}

bool Options::Bool(const char* name, bool fallback) {
  PushValue(name);
  if (!lua_isnil(L_, -1)) {
    if (!lua_isboolean(L_, -1)) Wrong(name, "true or false", -1);
    fallback = lua_toboolean(L_, -1) != 0;
  }
  lua_pop(L_, 1);
  return fallback;
}

std::vector<std::string> Options::Strings(const char* name) {
  std::vector<std::string> values;
  PushValue(name);
  if (auto text = ToText(L_, -1)) {
    values.push_back(*std::move(text));
  } else if (!lua_isnil(L_, -1)) {
    auto texts = ToTexts(L_, lua_gettop(L_));
    if (!texts) Wrong(name, "a string or a list of strings", -1);
    values = *std::move(texts);
  }
  lua_pop(L_, 1);
  return values;
}

void Options::Finish() {
  if (index_ == 0) return;
  lua_pushnil(L_);
  while (lua_next(L_, index_) != 0) {
    lua_pop(L_, 1);
    const std::string key = KeyText(L_, -1);
    if (lua_type(L_, -1) == LUA_TSTRING &&
        std::find(known_.begin(), known_.end(), key) != known_.end()) {
      continue;
    }
    RaiseUsage(L_, function_ + ": unknown option `" + key + "`" + DidYouMean(key, known_));
  }
}

}  // namespace tideway::binding
