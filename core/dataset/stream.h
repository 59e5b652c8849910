// A stream of record batches, made in order by one thread and computed by many.
//
// A source hands out morsels one after another; each morsel is a closure that any worker can run to
// get its batch (decode a Parquet row group, parse a block of CSV, pass on rows already received).
// A row-wise operator wraps its input's morsels, so that a chain of them is one parallel stage
// without further ado:
//
//   Result<Morsel> FilterStream::Next() {
//     ARROW_ASSIGN_OR_RAISE(Morsel input, input_->Next());
//     if (!input) return input;                                    // end
//     return Morsel([this, input](Worker& worker) -> Result<BatchPtr> {
//       ARROW_ASSIGN_OR_RAISE(BatchPtr batch, input(worker));
//       return Apply(*batch, worker);
//     });
//   }
//
// Threads: Next() is called by one thread at a time, in order. Morsels run on any worker, several
// at once, each at most once, and never after the stream is destroyed. A morsel may return a batch
// of zero rows.
#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/step.h"

namespace tideway::dataset {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using SchemaPtr = std::shared_ptr<arrow::Schema>;

// State that an operator keeps for each worker: a Lua state, a scratch buffer.
class WorkerState {
 public:
  virtual ~WorkerState() = default;
};

// One of the executor's workers. A worker runs one morsel at a time.
class Worker {
 public:
  explicit Worker(int index) : index_(index) {}
  int index() const { return index_; }

  // The state of `owner` on this worker, made by `make` (a callable that returns
  // Result<std::unique_ptr<WorkerState>>) at its first use. It lives until the worker does: to the
  // end of this execution.
  template <typename T, typename Make>
  Result<T*> State(const void* owner, Make&& make) {
    auto& slot = states_[owner];
    if (!slot) {
      ARROW_ASSIGN_OR_RAISE(slot, make());
    }
    return static_cast<T*>(slot.get());
  }

  // Counts rows that the step which runs now drops.
  void CountDropped(const std::string& reason, int64_t rows) { dropped_[reason] += rows; }
  // Counts what the step which runs now changes in rows that it keeps, such as e-mail addresses.
  void CountChanged(const std::string& what, int64_t times) { changed_[what] += times; }
  // Ends the step which runs now: what it dropped and changed is counted as its own.
  void CountStep(const Step& step, int64_t rows_in, int64_t rows_out) {
    counts_.push_back(
        {step, rows_in, rows_out, std::exchange(dropped_, {}), std::exchange(changed_, {})});
  }
  // The counts of the morsel that has just run, for whoever uses its batch.
  std::vector<StepCounts> TakeCounts() {
    dropped_.clear();
    changed_.clear();
    return std::exchange(counts_, {});
  }

 private:
  int index_;
  std::map<std::string, int64_t> dropped_;
  std::map<std::string, int64_t> changed_;
  std::vector<StepCounts> counts_;
  std::unordered_map<const void*, std::unique_ptr<WorkerState>> states_;
};

using Morsel = std::function<Result<BatchPtr>(Worker&)>;

class Stream {
 public:
  virtual ~Stream() = default;
  virtual const SchemaPtr& schema() const = 0;
  // The next morsel, or an empty function at the end.
  virtual Result<Morsel> Next() = 0;
  // The rows of the morsel that Next() gave last, where they are known before it runs. Such a
  // morsel need not be run at all.
  virtual std::optional<int64_t> MorselRows() const { return std::nullopt; }
  // The rows before the morsel that Next() gave last, or before the end, that the stream has passed
  // over because the filter above would drop them all (Node::Prune).
  virtual int64_t PassedOver() const { return 0; }
  // How much of what there is Next() has given, 0 to 1, where that is known.
  virtual std::optional<double> Share() const { return std::nullopt; }
};

}  // namespace tideway::dataset
