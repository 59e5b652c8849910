// What the files of this binding share. Lua-thread only.
#pragma once

#include <string>

#include "core/base/error.h"
#include "core/binding/userdata.h"
#include "core/dataset/run_context.h"
#include "core/store/store.h"

struct lua_State;

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<store::Store> = "tideway.Store";

}  // namespace tideway::binding

namespace tideway::store::lua {

// What a check leaves undone is in the plan. True: leave it.
bool OnlyPlan(dataset::RunContext& run, const std::string& what);

// folder_copy_lua.cc
// download(self, prefix, folder, options), upload(self, folder, prefix, options): { objects, bytes,
// skipped }, see lua/tideway/store.lua.
Result<int> DownloadFolder(lua_State* L);
Result<int> UploadFolder(lua_State* L);

}  // namespace tideway::store::lua
