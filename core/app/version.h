// The program's version, from CMakeLists.txt.
#pragma once

namespace tideway::app {

inline constexpr const char* kVersion = TIDEWAY_VERSION;

}  // namespace tideway::app
