// Native column functions in Lua: what tw.text.clean{...} returns and Dataset:map takes. A kernel
// is a userdata of class tideway.Kernel (lua/tideway/kernel.lua); called on a string it gives what
// the column function gives for a column of that one string.
#pragma once

#include <lua.hpp>

#include "core/binding/userdata.h"
#include "core/dataset/node.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<dataset::ColumnKernel> = "tideway.Kernel";

void PushKernel(lua_State* L, const dataset::KernelPtr& kernel);
// The kernel at `index`, or null when it is something else.
dataset::KernelPtr OptKernel(lua_State* L, int index);

// `require "tideway.core.kernel"`: call(kernel, string or tw.null), describe(kernel).
int OpenKernel(lua_State* L);

}  // namespace tideway::binding
