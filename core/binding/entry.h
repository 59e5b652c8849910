// The one crossing from Lua into C++.
//
// A binding is `Result<int> F(lua_State*)`: it reads its arguments, calls, pushes, and returns how
// many values it pushed, or an error. Lua only ever sees Entry<F>, which lets every destructor run
// and then raises the error as an error object (see errors.h).
//
//   Result<int> Sha256OfFile(lua_State* L) {
//     ARROW_ASSIGN_OR_RAISE(std::string hash, Sha256File(CheckString(L, 1)));
//     PushString(L, hash);
//     return 1;
//   }
//   int OpenPath(lua_State* L) { return PushModule(L, {{"sha256", Entry<Sha256OfFile>}}); }
//
// A binding must not be noexcept (Lua errors unwind through it) and must not catch (...) (that
// swallows them). Binding-thread only: the thread that runs the Lua state.
#pragma once

#include <initializer_list>
#include <lua.hpp>

#include "core/base/error.h"

namespace tideway::binding {

using Binding = Result<int> (*)(lua_State*);

// Calls `f`; turns a Status or a C++ exception into a raised error object.
int Cross(lua_State* L, Binding f);

template <Binding F>
int Entry(lua_State* L) {
  return Cross(L, F);
}

// A function that may wait: WaitingEntry<F> (park.h). A type of its own, because it must be wrapped
// when it is registered.
struct WaitingFunction {
  lua_CFunction function;
};

struct Function {
  Function(const char* name_in, lua_CFunction function_in)
      : name(name_in), function(function_in), waits(false) {}
  Function(const char* name_in, WaitingFunction waiting)
      : name(name_in), function(waiting.function), waits(true) {}
  const char* name;
  lua_CFunction function;
  bool waits;
};

// Pushes a new table with these functions and `class` (see userdata.h); returns 1.
int PushModule(lua_State* L, std::initializer_list<Function> functions);

}  // namespace tideway::binding
