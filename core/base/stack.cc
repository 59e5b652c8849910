#include "core/base/stack.h"

#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tideway {
namespace {

constexpr size_t kMostBytes = size_t{32} << 20;

// The address below which the calling thread's stack, which grows downwards, is deep.
uintptr_t FindLimit() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  size_t size = 0;
  const bool known = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  pthread_attr_destroy(&attributes);
  if (!known) return 0;
  return reinterpret_cast<uintptr_t>(lowest) + size - std::min(size / 2, kMostBytes);
}

}  // namespace

bool StackIsDeep() {
  thread_local const uintptr_t limit = FindLimit();
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < limit;
}

}  // namespace tideway
