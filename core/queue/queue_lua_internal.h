// The bindings of tideway.core.queue that are files of their own. Lua-thread only.
#pragma once

#include "core/queue/queue.h"

struct lua_State;

namespace tideway::queue {

// An error of kind usage unless a caller's database is the one that the jobs are in.
Status CheckSameDatabase(const Store& store, const sql::Database& database);

// queue_worker_lua.cc
Result<int> StartWorker(lua_State* L);
Result<int> DrainWorker(lua_State* L);
Result<int> Ask(lua_State* L);
Result<int> TakeJobs(lua_State* L);
Result<int> Settle(lua_State* L);
Result<int> CompleteInside(lua_State* L);
Result<int> DescribeHeld(lua_State* L);
Result<int> CheckHeld(lua_State* L);
Result<int> CloseWorker(lua_State* L);

}  // namespace tideway::queue
