#include "core/dataset/op/expand.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <deque>
#include <iterator>

#include "core/dataset/materialise.h"
#include "core/dataset/parallel.h"
#include "core/dataset/pipeline_internal.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

using Position = ExpandOperator::Position;

// Rows of one batch of the input that are to be expanded, and, once done, the first piece of what
// they give.
struct Task {
  int64_t index = 0;    // of the batch
  Morsel input = {};    // gives the batch,
  BatchPtr batch = {};  // unless it is there already
  Position from = {};
  int64_t end = -1;  // -1: all rows of the batch

  bool done = false;
  ExpandOperator::Piece piece = {};
  std::vector<StepCounts> counts = {};  // of the input
  Status status = {};
};

class ExpandStream : public Stream {
 public:
  // `ahead` stands for the batches that are computed ahead.
  ExpandStream(std::unique_ptr<Stream> input, SchemaPtr schema, ExpandOperator::Apply apply,
               Step step, std::unique_ptr<RunContext::Executing> ahead, RunContext& run)
      : input_(std::move(input)),
        schema_(std::move(schema)),
        apply_(std::move(apply)),
        step_(std::move(step)),
        executing_(std::move(ahead)),
        run_(run) {
    run.Count({.step = step_});
  }

  const SchemaPtr& schema() const override { return schema_; }
  Result<Morsel> Next() override;
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }

 private:
  void Fetch();
  std::vector<Task*> TasksToRun();
  void Run(Task& task);
  Result<BatchPtr> Expand(Task& task, Worker& worker);
  void ShareOutRest(const Task& task);
  Morsel Give(Task task) const;

  const std::unique_ptr<Stream> input_;
  const SchemaPtr schema_;
  const ExpandOperator::Apply apply_;
  const Step step_;
  const std::unique_ptr<RunContext::Executing> executing_;
  RunContext& run_;
  internal::WorkerPool workers_;
  const std::shared_ptr<RowOffsets> offsets_ = std::make_shared<RowOffsets>();
  std::deque<Task> tasks_;  // in the order of rows; a failure waits for its turn
  size_t width_ = 1;        // how many are run at once; grows, for few may be enough
  int64_t next_index_ = 0;
  bool ended_ = false;
  int64_t morsel_rows_ = 0;
};

void ExpandStream::Fetch() {
  while (!ended_ && tasks_.size() < width_) {
    auto morsel = input_->Next();
    ended_ = !morsel.ok() || !*morsel;
    if (morsel.ok() && !*morsel) return;
    Task& task = tasks_.emplace_back();
    task.index = next_index_++;
    task.status = morsel.status();
    task.done = !morsel.ok();
    if (morsel.ok()) task.input = std::move(*morsel);
  }
}

// The first tasks that are not done, while what is done and not taken is little.
std::vector<Task*> ExpandStream::TasksToRun() {
  std::vector<Task*> tasks;
  for (size_t i = 0; i < tasks_.size() && i < 2 * width_ && tasks.size() < width_; ++i) {
    if (!tasks_[i].done) tasks.push_back(&tasks_[i]);
  }
  return tasks;
}

Result<BatchPtr> ExpandStream::Expand(Task& task, Worker& worker) {
  if (task.batch == nullptr) {
    ARROW_ASSIGN_OR_RAISE(task.batch, task.input(worker));
    task.input = nullptr;
    task.counts = worker.TakeCounts();
    task.end = task.batch->num_rows();
    offsets_->Set(task.index, task.end);
  }
  auto piece = apply_(task.batch, task.from, task.end, worker);
  if (!piece.ok()) return LocateBatch(piece.status(), offsets_, task.index);
  task.piece = std::move(*piece);
  return task.piece.batch;
}

void ExpandStream::Run(Task& task) {
  const Morsel morsel = [this, &task](Worker& worker) { return Expand(task, worker); };
  task.status = internal::Compute(morsel, workers_, run_).batch.status();
  task.done = true;
}

// Where a task gave one piece and has more, what is left is cut into tasks that should give about
// a piece each.
void ExpandStream::ShareOutRest(const Task& task) {
  const Position next = task.piece.next;
  const int64_t rows = std::max<int64_t>(next.row - task.from.row, 1);
  std::vector<Task> rest;
  for (Position from = next; from.row < task.end; from = {rest.back().end, 0}) {
    const bool is_last = static_cast<int>(rest.size()) + 1 >= run_.workers();
    const int64_t end = is_last ? task.end : std::min(from.row + rows, task.end);
    rest.push_back({.index = task.index, .batch = task.batch, .from = from, .end = end});
  }
  tasks_.insert(tasks_.begin(), std::make_move_iterator(rest.begin()),
                std::make_move_iterator(rest.end()));
}

Morsel ExpandStream::Give(Task task) const {
  const int64_t rows_in = task.piece.next.row - task.from.row;
  return [this, rows_in, batch = std::move(task.piece.batch),
          counts = std::move(task.counts)](Worker& worker) -> Result<BatchPtr> {
    internal::Recount(counts, worker);
    worker.CountStep(step_, rows_in, batch->num_rows());
    return batch;
  };
}

Result<Morsel> ExpandStream::Next() {
  RETURN_NOT_OK(run_.cancel().Check());
  if (tasks_.empty() || !tasks_.front().done) {
    Fetch();
    const std::vector<Task*> tasks = TasksToRun();
    ParallelFor(tasks.size(), [&](size_t i) { Run(*tasks[i]); });
    width_ = std::min(2 * width_, static_cast<size_t>(run_.workers()));
  }
  if (tasks_.empty()) return Morsel();
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  RETURN_NOT_OK(task.status);
  ShareOutRest(task);
  morsel_rows_ = task.piece.batch->num_rows();
  return Give(std::move(task));
}

}  // namespace

Result<SchemaPtr> ExpandOperator::schema(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
  return OutputSchema(input);
}

Result<std::unique_ptr<Stream>> ExpandOperator::Open(RunContext& run) const {
  auto ahead = std::make_unique<RunContext::Executing>(run, run.workers());
  ARROW_ASSIGN_OR_RAISE(auto input, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(SchemaPtr output, OutputSchema(input->schema()));
  ARROW_ASSIGN_OR_RAISE(Apply apply, Bind(input->schema(), output, run));
  return std::make_unique<ExpandStream>(std::move(input), std::move(output), std::move(apply),
                                        StepOf(*this), std::move(ahead), run);
}

Result<RowOrigins> ExpandOperator::Origins(int64_t row, RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr output, OutputSchema(input));
  ARROW_ASSIGN_OR_RAISE(const Apply apply, Bind(input, output, run));
  const CountRows count = [&](const BatchPtr& batch, Worker& worker) -> Result<int64_t> {
    int64_t rows = 0;
    for (Position from; from.row < batch->num_rows();) {
      ARROW_ASSIGN_OR_RAISE(const Piece piece, apply(batch, from, batch->num_rows(), worker));
      rows += piece.batch->num_rows();
      from = piece.next;
    }
    return rows;
  };
  return OriginInOrder(inputs()[0], row, count, run);
}

}  // namespace tideway::dataset
