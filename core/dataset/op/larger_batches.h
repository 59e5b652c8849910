// Several batches, in order, as one: what group_by looks at, for the more rows it sees at once, the
// fewer groups it meets again. How many go together is found out on the way.
//
//   if (auto larger = batches.Put(index, batch)) ... *larger ...; batches.Grouped(..., groups);
//   for (auto& larger : batches.Rest()) ...  // at the end
//
// Threads: any, several at once.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class LargerBatches {
 public:
  // They become larger while that keeps what is made of each below `most_bytes`.
  LargerBatches(int64_t most_bytes, int workers) : most_bytes_(most_bytes), workers_(workers) {}

  struct Larger {
    int64_t index;  // of larger batches: 0, 1 ...
    std::vector<BatchPtr> batches;
    Result<BatchPtr> AsOne() const;
  };
  // Keeps batch `index`, each once. Gives the larger one that it was the last to make whole.
  std::optional<Larger> Put(int64_t index, BatchPtr batch);
  // Those that the input ended within.
  std::vector<Larger> Rest();
  // Told of each larger batch: how many groups are among its rows.
  void Grouped(const arrow::RecordBatch& batch, int64_t groups);

 private:
  struct Open {
    int64_t index;
    int64_t first;  // of its batches
    std::vector<BatchPtr> batches;
    size_t missing;
  };
  Open& OpenFor(int64_t index);

  const int64_t most_bytes_;
  const int workers_;
  std::mutex mutex_;
  std::deque<Open> open_;  // by index
  int64_t next_index_ = 0;
  int64_t next_first_ = 0;
  size_t count_ = 1;  // of batches in the next one
  int done_ = 0;      // larger batches, since the count is what it is
};

}  // namespace tideway::dataset
