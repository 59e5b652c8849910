// Holds work back before the system ends the process for its memory.
//
//   MemoryGuard guard([] { return MemoryLimit::Read(); }, SystemClock());
//   const size_t now = guard.AtOnce(8);      // of 8, from 1 on
//
// The batch system's limit is for all processes of a job, and so is what is used of it. Between 70
// and 90 percent the number goes down to one; while processes wait for memory (pressure), it is
// one at once. It goes up by one at a time. The system is asked once a second at most. Threads:
// any.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

#include "core/base/clock.h"
#include "core/base/memory_limit.h"

namespace tideway::mirror {

class MemoryGuard {
 public:
  using Look = std::function<Result<MemoryLimit>()>;
  // `clock`: outlives it.
  MemoryGuard(Look look, const Clock& clock) : look_(std::move(look)), clock_(clock) {}

  // How many of `most` may be at work now. Where nobody tells the memory, all.
  size_t AtOnce(size_t most);

 private:
  size_t Allowed(size_t most);

  const Look look_;
  const Clock& clock_;
  std::mutex mutex_;
  bool looked_ = false;
  bool told_ = false;
  std::chrono::nanoseconds looked_at_{};
  size_t now_ = 0;  // 0: not looked yet
};

}  // namespace tideway::mirror
