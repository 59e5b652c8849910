// Argument readers for bindings. A wrong argument raises an error of kind `usage` at the caller's
// line, naming the argument's position or the option's name, what was expected and what came.
//
//   Options options(L, 2, "dataset.sample");
//   int64_t n = options.RequiredInt("n");
//   int64_t seed = options.Int("seed", 0);
//   options.Finish();     // "dataset.sample: unknown option `sed`; did you mean `seed`?"
//
// A secret (tw.env) is no string here: the few bindings that need one read it by the function
// CheckSecretOrString of secrets.h. These functions raise Lua errors (they do not return a Status):
// destructors run, see entry.h.
#pragma once

#include <lua.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/binding/integer.h"

namespace tideway::binding {

std::string CheckString(lua_State* L, int index);
int64_t CheckInt(lua_State* L, int index);  // a whole number, or a boxed int64
double CheckNumber(lua_State* L, int index);
bool CheckBool(lua_State* L, int index);
std::vector<std::string> CheckStrings(lua_State* L, int index);  // a table of strings, in order
void PushString(lua_State* L, std::string_view value);
void PushStrings(lua_State* L, const std::vector<std::string>& values);

// Raises: "<function>: argument 2 must be <expected>, not <type>".
[[noreturn]] void RaiseArgument(lua_State* L, int index, const std::string& expected);

// Reads the fields of an options table; nil or none reads as empty.
class Options {
 public:
  // `function` is the public name for error texts: "dataset.sample".
  Options(lua_State* L, int index, std::string function);

  bool Has(const char* name);
  std::string String(const char* name, std::string fallback);
  std::optional<std::string> OptionalString(const char* name);
  int64_t RequiredInt(const char* name);
  int64_t Int(const char* name, int64_t fallback);
  double RequiredNumber(const char* name);
  double Number(const char* name, double fallback);
  bool Bool(const char* name, bool fallback);
  std::vector<std::string> Strings(const char* name);  // absent: empty; one string: a list of one
  // Pushes the raw value (nil when absent) and marks the option as known.
  void PushValue(const char* name);
  // Raises when the table holds a key that none of the calls above asked for.
  void Finish();

 private:
  void Require(const char* name, const char* expected);
  [[noreturn]] void Wrong(const char* name, const char* expected, int index);

  lua_State* L_;
  int index_;  // 0: no table was given
  std::string function_;
  std::vector<std::string> known_;
};

}  // namespace tideway::binding
