// Memory that somebody holds of a run's budget, given back when the holder goes.
//
//   HeldMemory memory(run.shared_budget());
//   ARROW_ASSIGN_OR_RAISE(BatchPtr kept, memory.Hold(batch));
//   if (kept == nullptr) return memory.Exhausted("collect: more rows than memory may hold");
//
// Threads: any, several at once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/memory.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

class HeldMemory {
 public:
  // `free_bytes`: as much need not be there, for state that is small for most.
  explicit HeldMemory(std::shared_ptr<MemoryBudget> budget, int64_t free_bytes = 0)
      : budget_(std::move(budget)), free_bytes_(free_bytes) {}
  ~HeldMemory() { budget_->Release(reserved_bytes_); }
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;

  // Takes `bytes` more if they are there; changes nothing otherwise.
  bool TryReserve(int64_t bytes);
  // `batch` to be kept, its bytes reserved; null when they are not there. A small part of larger
  // buffers would keep all of them alive: then it is a copy, and only the part counts.
  Result<BatchPtr> Hold(const BatchPtr& batch);
  // The error of kind memory after a refusal: "<what>: over 17.0 MiB of 16.0 MiB". A remedy is the
  // caller's to add.
  Error Exhausted(const std::string& what) const;

 private:
  const std::shared_ptr<MemoryBudget> budget_;
  mutable std::mutex mutex_;
  int64_t free_bytes_;
  int64_t reserved_bytes_ = 0;
  int64_t refused_bytes_ = 0;  // at the last refusal
};

}  // namespace tideway::dataset
