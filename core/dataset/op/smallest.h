// Finding the n smallest of many 64-bit hashes in bounded memory: a running bound while they come,
// and the exact cut by radix selection afterwards, over hashes that can be read again.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

// Where the n smallest hashes end: all below `last` are among them, and the first `ties` of those
// equal to it. With n not below their number: the largest hash, and all of them.
struct HashCut {
  uint64_t last = UINT64_MAX;
  int64_t ties = INT64_MAX;
};

// An upper bound of the n-th smallest hash seen so far; it only ever sinks. Thread-safe.
class RunningBound {
 public:
  explicit RunningBound(int64_t n);
  void Add(std::span<const uint64_t> hashes);
  // No hash above this is among the n smallest of those added, nor of those and any others.
  uint64_t bound() const { return bound_.load(std::memory_order_relaxed); }

 private:
  const int64_t n_;
  std::atomic<uint64_t> bound_;
  std::mutex mutex_;
  std::vector<int64_t> counts_;  // by the hash's leading bits; those above the bound are forgotten
  int64_t total_ = 0;
  size_t last_bucket_;
};

// Calls its argument with all hashes, in pieces, in the same order each time.
using HashScan = std::function<Status(const std::function<void(std::span<const uint64_t>)>&)>;

// The cut after the `n` smallest (n >= 0). Reads the hashes at most four times.
Result<HashCut> CutSmallest(int64_t n, const HashScan& scan);

// The same with the class of each hash; no classes: all are of class 0.
using ClassScan = std::function<Status(
    const std::function<void(std::span<const uint16_t>, std::span<const uint64_t>)>&)>;

// For each class the cut after its `n[class]` smallest. Memory: 8 MiB. Reads the hashes at most
// four times for up to 16 classes, the more often the more there are, up to sixteen times.
Result<std::vector<HashCut>> CutSmallestOfEach(const std::vector<int64_t>& n,
                                               const ClassScan& scan);

}  // namespace tideway::dataset
