#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/binding/row_globals_internal.h"

namespace tideway::binding {

namespace {

constexpr std::array kGlobals = {"assert",   "bit",          "error",  "ipairs",   "math",
                                 "next",     "pairs",        "pcall",  "rawequal", "rawget",
                                 "select",   "setmetatable", "string", "table",    "tonumber",
                                 "tostring", "type",         "unpack", "xpcall"};
constexpr std::array kLibraries = {"bit", "math", "string", "table"};
// What sandbox.lua adds to the string library.
constexpr std::array kTextMethods = {"count", "ends_with", "starts_with", "trim"};

bool IsImpure(std::string_view library, std::string_view name) {
  return (library == "math" && name.starts_with("random")) ||
         (library == "string" && name == "dump");
}

}  // namespace

RowGlobals::RowGlobals(lua_State* L) {
  lua_pushvalue(L, LUA_GLOBALSINDEX);
  for (const char* name : kGlobals) {
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1)) names_[lua_topointer(L, -1)] = name;
    lua_pop(L, 1);
  }
  for (const char* library : kLibraries) {
    lua_pushstring(L, library);
    lua_rawget(L, -2);
    if (lua_istable(L, -1)) AddLibrary(L, library);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  auto& texts = fields_["string"];
  texts.insert(texts.end(), kTextMethods.begin(), kTextMethods.end());
  FindModule(L);
}

// The library is on top of the stack.
void RowGlobals::AddLibrary(lua_State* L, const std::string& library) {
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      const std::string name = lua_tostring(L, -2);
      if (!IsImpure(library, name)) {
        fields_[library].push_back(name);
        if (lua_isfunction(L, -1)) names_[lua_topointer(L, -1)] = library + "." + name;
      }
    }
    lua_pop(L, 1);
  }
}

void RowGlobals::FindModule(lua_State* L) {
  lua_getfield(L, LUA_GLOBALSINDEX, "require");
  lua_pushliteral(L, "tideway");
  if (lua_pcall(L, 1, 1, 0) == 0) module_ = lua_topointer(L, -1);
  lua_pop(L, 1);
}

const std::string* RowGlobals::NameOf(const void* object) const {
  const auto found = names_.find(object);
  return object == nullptr || found == names_.end() ? nullptr : &found->second;
}

std::optional<std::string> RowGlobals::Problem(const std::string& global) const {
  const std::vector<std::string> names(kGlobals.begin(), kGlobals.end());
  if (std::find(names.begin(), names.end(), global) != names.end()) return std::nullopt;
  return "a global that row functions do not have" + DidYouMean(global, names);
}

std::optional<std::string> RowGlobals::FieldProblem(const std::string& library,
                                                    const std::string& field) const {
  const auto known = fields_.find(library);
  if (known == fields_.end()) return std::nullopt;
  const std::vector<std::string>& names = known->second;
  if (std::find(names.begin(), names.end(), field) != names.end()) return std::nullopt;
  return "which row functions do not have" + DidYouMean(field, names);
}

}  // namespace tideway::binding
