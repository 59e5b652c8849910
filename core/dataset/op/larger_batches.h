// A stream with several batches of another one as one: what group_by looks at, for the more rows it
// sees at once, the fewer groups it meets again. How many go together is found out on the way.
//
//   LargerBatches larger(input, most_bytes, workers);
//   ... larger.Next() ...; larger.Grouped(*batch, groups);
//
// Threads: Grouped() from any, several at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class LargerBatches : public Stream {
 public:
  // They become larger while that keeps what is made of each below `most_bytes`.
  LargerBatches(Stream& input, int64_t most_bytes, int workers)
      : input_(input), most_bytes_(most_bytes), workers_(workers) {}
  const SchemaPtr& schema() const override { return input_.schema(); }
  std::optional<double> Share() const override { return input_.Share(); }
  Result<Morsel> Next() override;
  // Told of each batch: how many groups are among its rows.
  void Grouped(const arrow::RecordBatch& batch, int64_t groups);

 private:
  Stream& input_;
  const int64_t most_bytes_;
  const int workers_;
  std::atomic<size_t> count_ = 1;  // of batches in the next one
  std::mutex mutex_;
  int done_ = 0;  // batches, since the count is what it is
};

}  // namespace tideway::dataset
