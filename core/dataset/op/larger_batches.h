// Several batches of a stream, in order, as one: what group_by reads, for the more rows it sees at
// once, the fewer groups it meets again. How many is told from outside, as it goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class LargerBatches : public Stream {
 public:
  // Batches become larger while that keeps what is made of each below `most_bytes`.
  LargerBatches(Stream& input, int64_t most_bytes, int workers)
      : input_(input), most_bytes_(most_bytes), workers_(workers) {}
  const SchemaPtr& schema() const override { return input_.schema(); }
  Result<Morsel> Next() override;
  std::optional<double> Share() const override { return input_.Share(); }

  // Told of each batch: the groups among its rows. From any thread.
  void Grouped(const arrow::RecordBatch& batch, int64_t groups);

 private:
  Stream& input_;
  const int64_t most_bytes_;
  const int workers_;
  std::atomic<int> count_ = 1;  // of input batches in the next one
  std::mutex mutex_;
  int done_ = 0;  // batches, since the count is what it is
};

}  // namespace tideway::dataset
