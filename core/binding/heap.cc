#include "core/binding/heap.h"

namespace tideway::binding {

namespace {

constexpr int64_t kForHandlers = int64_t{1} << 20;
// LuaJIT's own settings, and those for a heap that is nearly full: collect all the time, ten times
// as fast as objects are made.
constexpr int kPause = 200, kStep = 200;
constexpr int kHurriedPause = 100, kHurriedStep = 1000;

}  // namespace

void LuaHeap::Limit(lua_State* L, int64_t bytes, Mode mode) {
  L_ = L;
  mode_ = mode;
  limit_ = bytes;
  used_ = int64_t{1024} * lua_gc(L, LUA_GCCOUNT, 0) + lua_gc(L, LUA_GCCOUNTB, 0);
  allocate_ = lua_getallocf(L, &state_);
  lua_setallocf(L, Reallocate, this);
}

void LuaHeap::Release(lua_State* L) { lua_setallocf(L, allocate_, state_); }

void* LuaHeap::Reallocate(void* heap, void* block, size_t old_size, size_t new_size) {
  auto& self = *static_cast<LuaHeap*>(heap);
  const auto grown = static_cast<int64_t>(new_size) - static_cast<int64_t>(old_size);
  if (grown > 0 && !self.Admits(grown)) return nullptr;
  void* moved = self.allocate_(self.state_, block, old_size, new_size);
  if (moved != nullptr || new_size == 0) self.used_ += grown;
  return moved;
}

bool LuaHeap::Admits(int64_t grown) {
  const int64_t wanted = used_ + grown;
  const bool near_limit = wanted > limit_ / 4 * 3;
  if (near_limit != hurries_) Hurry(near_limit);
  if (mode_ == kStrict) return wanted <= limit_;
  if (!near_limit) refused_ = false;
  if (wanted <= limit_ + (refused_ ? kForHandlers : 0)) return true;
  refused_ = true;
  return false;
}

// Sets numbers only, so it may be called while the state allocates.
void LuaHeap::Hurry(bool near_limit) {
  hurries_ = near_limit;
  lua_gc(L_, LUA_GCSETPAUSE, near_limit ? kHurriedPause : kPause);
  lua_gc(L_, LUA_GCSETSTEPMUL, near_limit ? kHurriedStep : kStep);
  if (near_limit) lua_gc(L_, LUA_GCRESTART, 0);
}

}  // namespace tideway::binding
