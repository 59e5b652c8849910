// A bit for each row of a dataset, by its position.
//
// Threads: Mark() from any, several at once, before all else.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/dataset/held_memory.h"
#include "core/dataset/run_context.h"

namespace tideway::validate {

class RowBits {
 public:
  // None set. An error of kind memory when the budget does not hold them.
  static Result<std::unique_ptr<RowBits>> Create(int64_t rows, dataset::RunContext& run) {
    std::unique_ptr<RowBits> bits(new RowBits(run.shared_budget()));
    const int64_t words = (rows + 63) / 64;
    if (!bits->memory_.TryReserve(words * 8)) {
      return bits->memory_.Exhausted("validate: a bit for each row").Hint("raise --memory");
    }
    bits->words_.resize(static_cast<size_t>(words));
    return bits;
  }
  void Mark(int64_t row) {
    std::atomic_ref(words_[static_cast<size_t>(row / 64)])
        .fetch_or(uint64_t{1} << (row % 64), std::memory_order_relaxed);
  }
  bool operator[](int64_t row) const {
    return (words_[static_cast<size_t>(row / 64)] >> (row % 64) & 1) != 0;
  }

 private:
  static constexpr int64_t kFreeBytes = 16 << 20;
  explicit RowBits(std::shared_ptr<MemoryBudget> budget) : memory_(std::move(budget), kFreeBytes) {}

  dataset::HeldMemory memory_;
  std::vector<uint64_t> words_;
};

}  // namespace tideway::validate
