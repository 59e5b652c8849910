// The bindings of tideway.core.hub that are files of their own. Lua-thread only.
#pragma once

#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/binding/userdata.h"

struct lua_State;

namespace tideway::hub {

class Repository;

}  // namespace tideway::hub

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<hub::Repository> = "tideway.hub.Repository";

}  // namespace tideway::binding

namespace tideway::hub::lua {

// hub_lua.cc
// A variable of the environment, also one that tw.env took out of it.
std::optional<std::string> FromEnvironment(const std::string& name);

// hub_read_lua.cc
// read(repository, split or nil, options): a dataset, see lua/tideway/hub.lua.
Result<int> ReadSplit(lua_State* L);
// configs(repository, revision or nil): a list, see lua/tideway/hub.lua.
Result<int> Configs(lua_State* L);

// hub_fetch_lua.cc
// fetch(repository, options): { folder, commit, files, ... }, see lua/tideway/hub.lua.
Result<int> Fetch(lua_State* L);

// hub_remote_lua.cc: what only the Hub has, see lua/tideway/hub.lua.
// branch(repository, name, options): a commit.
Result<int> AddBranch(lua_State* L);
// delete_branch(repository, name)
Result<int> RemoveBranch(lua_State* L);
// viewer(repository, what, options): { json, revision, stale }.
Result<int> AskViewer(lua_State* L);
// answer(options): { answer, score, start, stop }.
Result<int> AskModel(lua_State* L);

}  // namespace tideway::hub::lua
