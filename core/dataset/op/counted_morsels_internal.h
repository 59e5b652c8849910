// The morsels of a stream with their rows: a stream that does not tell them has its morsels run
// ahead, as many at once as there are workers.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/dataset/pipeline_internal.h"
#include "core/dataset/run_context.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

// A morsel whose rows are known: because its stream tells, or because it has been run.
struct Counted {
  int64_t rows = 0;
  Morsel morsel = {};                   // not run yet
  BatchPtr batch = {};                  // or this came out,
  std::vector<StepCounts> counts = {};  // and these were counted,
  Status status = {};                   // unless it failed
};

// Gives the morsels of a stream with their rows. Threads: one at a time.
class CountedMorsels {
 public:
  CountedMorsels(std::unique_ptr<Stream> input, RunContext& run)
      : input_(std::move(input)), run_(run) {}
  const SchemaPtr& schema() const { return input_->schema(); }

  // Nothing at the end.
  Result<std::optional<Counted>> Next() {
    if (ahead_.empty()) Fetch();
    if (ahead_.empty()) return std::nullopt;
    Counted next = std::move(ahead_.front());
    ahead_.pop_front();
    RETURN_NOT_OK(next.status);
    return next;
  }

 private:
  void Fetch();
  bool Take();
  void Compute(Counted& counted);

  const std::unique_ptr<Stream> input_;
  RunContext& run_;
  internal::WorkerPool workers_;
  std::deque<Counted> ahead_;  // a failure waits for its turn
  size_t width_ = 1;           // how many are run at once; grows, for few may be enough
};

// The batch, by any worker, with what was counted for it. An error of kind data when its rows are
// not as many as were announced.
Result<BatchPtr> BatchOf(const Counted& counted, Worker& worker);

}  // namespace tideway::dataset
