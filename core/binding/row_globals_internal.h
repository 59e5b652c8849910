// The globals that row functions have, which are the pure ones, found in a script's state.
#pragma once

#include <lua.hpp>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tideway::binding {

// Must agree with lua/tideway/internal/sandbox.lua, which makes them. Belongs to the thread of `L`.
class RowGlobals {
 public:
  explicit RowGlobals(lua_State* L);

  // "math.floor", "math" or "pairs" for the object of that name; null for any other object.
  const std::string* NameOf(const void* object) const;
  // Whether the object is what `require "tideway"` returns.
  bool IsModule(const void* object) const { return object != nullptr && object == module_; }
  // Why a row function cannot use the global, or nothing when it can: "a global that row functions
  // do not have; did you mean `math`?"
  std::optional<std::string> Problem(const std::string& global) const;
  // The same for a field of a library; nothing when `library` is none.
  std::optional<std::string> FieldProblem(const std::string& library,
                                          const std::string& field) const;

 private:
  void AddLibrary(lua_State* L, const std::string& library);
  void FindModule(lua_State* L);

  std::unordered_map<const void*, std::string> names_;
  std::map<std::string, std::vector<std::string>> fields_;  // of each library: the pure functions
  const void* module_ = nullptr;
};

}  // namespace tideway::binding
