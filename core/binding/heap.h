// The heap of a Lua state with a limit, counted on top of LuaJIT's own allocator, which is much the
// fastest for small objects.
//
//   LuaHeap heap;
//   heap.Limit(L, bytes, LuaHeap::kLenient);    // from now on
//   ...
//   heap.Release(L);            // before lua_close
//
// An allocation beyond the limit fails, which LuaJIT raises as "not enough memory". Near the limit
// garbage is collected all the time, so that it does not count as use (LuaJIT waits until the heap
// has doubled). Machine code is not counted. Threads: those of the state. Must outlive the state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <lua.hpp>

namespace tideway::binding {

class LuaHeap {
 public:
  // kStrict is for row functions, which are to fail alike in every worker. kLenient is for scripts,
  // which may catch the error: after it 1 MiB more is given, for what handles it, until much has
  // been freed.
  enum Mode { kStrict, kLenient };
  void Limit(lua_State* L, int64_t bytes, Mode mode);
  void Release(lua_State* L);
  int64_t used_bytes() const { return used_; }
  int64_t limit_bytes() const { return limit_; }

 private:
  static void* Reallocate(void* self, void* block, size_t old_size, size_t new_size);
  bool Admits(int64_t grown);
  void Hurry(bool near_limit);

  lua_State* L_ = nullptr;
  lua_Alloc allocate_ = nullptr;
  void* state_ = nullptr;
  int64_t used_ = 0;
  int64_t limit_ = 0;
  Mode mode_ = kStrict;
  bool refused_ = false;
  bool hurries_ = false;
};

}  // namespace tideway::binding
