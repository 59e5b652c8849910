// One stream flowing through the workers: what Execute, ExecuteAll and ForEachBatch share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "core/dataset/execute.h"
#include "core/dataset/progress.h"

namespace tideway::dataset::internal {

// Workers of one execution, lent for a morsel at a time. Thread-safe.
class WorkerPool {
 public:
  Worker* Take();
  void Return(Worker* worker);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
};

// What came out of a morsel: its batch, or why there is none, and what was counted on the way.
struct Computed {
  Result<BatchPtr> batch;
  std::vector<StepCounts> counts;
};
// Runs a morsel on one of the workers, unless the run is cancelled.
Computed Compute(const Morsel& morsel, WorkerPool& workers, RunContext& run);

// Counts again, on the worker that gives its batch, what a morsel counted that was run ahead.
void Recount(const std::vector<StepCounts>& counts, Worker& worker);

// source -> morsels (parallel) -> in order -> visit (parallel) -> in order. Exactly one of `visit`
// and `consume` is set: with `consume` the pipeline ends at the third stage.
class Pipeline {
 public:
  // Returns false when no more rows are wanted.
  using Consume = std::function<Result<bool>(const BatchPtr&)>;

  Pipeline(Stream& input, WorkerPool& workers, RunContext& run) noexcept
      : input_(input), workers_(workers), run_(run) {}
  void set_visit(const Visit* visit) { visit_ = visit; }
  void set_consume(Consume consume) { consume_ = std::move(consume); }
  // Told of the rows that come out and of how much of the stream, its input `number`, was taken;
  // may be null.
  void set_stage(ProgressBoard::Stage* stage, size_t number) {
    stage_ = stage;
    stage_input_ = number;
  }
  // Looked at between batches; set when this pipeline fails.
  void set_stop(std::atomic<bool>* stop) { stop_ = stop; }

  // Runs to the end with at most `tokens` batches in flight. Call within a task arena.
  void Run(int tokens);
  // The first error in the order of batches.
  const Status& status() const { return status_; }

 private:
  struct Item {
    int64_t index = 0;
    int64_t first_row = 0;
    Morsel morsel;
    BatchPtr batch;
    int64_t bytes = 0;  // of the batch
    std::vector<StepCounts> counts;
    Status status;
  };
  using ItemPtr = std::shared_ptr<Item>;

  ItemPtr Fetch();
  // Unless what waits takes half of what the batches in flight are reckoned to take: then it is
  // left for its turn.
  ItemPtr ComputeAhead(ItemPtr item);
  void Compute(Item& item);
  // The batch of `item` is no longer held.
  void LetGo(Item& item);
  ItemPtr Order(ItemPtr item);
  ItemPtr VisitItem(ItemPtr item);
  void Check(const Item& item);
  bool Skips(const Item& item) const { return item.index > last_wanted_.load(); }
  void EndAt(int64_t index);

  Stream& input_;
  WorkerPool& workers_;
  RunContext& run_;
  const Visit* visit_ = nullptr;
  Consume consume_;
  std::atomic<bool>* stop_ = nullptr;
  ProgressBoard::Stage* stage_ = nullptr;
  size_t stage_input_ = 0;
  int tokens_ = 0;
  std::atomic<int64_t> last_wanted_{INT64_MAX};  // batches after this one are not computed
  std::atomic<int64_t> held_bytes_{0};           // of computed batches
  int64_t next_index_ = 0;
  int64_t next_row_ = 0;
  Status status_;
};

}  // namespace tideway::dataset::internal
