// The memory promise (`--memory`) as a budget that holders of large state draw on and give back.
//
//   MemoryBudget budget(512 << 20);
//   if (budget.TryReserve(bytes)) { ... keep it ... } else { ... spill it ... }
//
// Only state that grows with the data is accounted: stores of batches, hash tables, queues. Batches
// in flight are bounded by the executor, which takes their share out first. Nobody waits for
// memory: who gets none spills. Thread safety: all methods are lock-free and safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/error.h"

namespace tideway {

class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  int64_t limit_bytes() const { return limit_bytes_; }
  int64_t reserved_bytes() const { return reserved_bytes_.load(std::memory_order_relaxed); }
  // Takes `bytes` if they are there; changes nothing otherwise.
  bool TryReserve(int64_t bytes);
  void Release(int64_t bytes);

 private:
  const int64_t limit_bytes_;
  std::atomic<int64_t> reserved_bytes_{0};
};

// Makes Arrow allocate from jemalloc, where it has it: that gives freed pages back at once, so that
// the promise holds between the steps of a run too (its default kept 100 MiB and more). Call first
// in main(), before threads and before any use of Arrow. ARROW_DEFAULT_MEMORY_POOL, when set, wins.
void ChooseArrowAllocator();

// Parses a size: "512MiB", "2GB", "1.5 GiB", "1048576". KB, MB, GB, TB are decimal; KiB, MiB, GiB,
// TiB binary.
Result<int64_t> ParseBytes(std::string_view text);

// "512.0 MiB", "17 B".
std::string FormatBytes(int64_t bytes);

}  // namespace tideway
