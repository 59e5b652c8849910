// tw.limiter's class in Lua, for each binding whose calls may be given one: what holds them to it
// is a Gate, whatever made it.
#pragma once

#include "core/base/gate.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<Gate> = "tideway.Limiter";

}  // namespace tideway::binding
