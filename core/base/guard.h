// The border to code that throws: libraries, and the allocator.
//
//   const Status status = Guarded("sql", "reading failed", [&] { return ReadAll(); });
//
// Threads: wherever `function` may run. A Lua error is no std::exception and passes through.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway {

// Returns what `function` returns, a Status or a Result. An exception out of it becomes an error:
// std::bad_alloc of kind memory, any other of kind internal, "<module>: <what>: <its text>".
template <typename Function>
auto Guarded(std::string_view module, std::string_view what, Function&& function)
    -> decltype(function()) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::kMemory, std::string(module) + ": out of memory")
        .Hint("give the machine more memory");
  } catch (const std::exception& thrown) {
    return Error(ErrorKind::kInternal,
                 std::string(module) + ": " + std::string(what) + ": " + thrown.what());
  }
}

}  // namespace tideway
