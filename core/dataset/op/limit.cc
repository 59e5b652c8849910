#include "core/dataset/op/limit.h"

#include <arrow/record_batch.h>
#include <fmt/core.h>

#include <algorithm>
#include <deque>

#include "core/dataset/materialise.h"
#include "core/dataset/op/select.h"
#include "core/dataset/parallel.h"
#include "core/dataset/pipeline_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

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

// Takes one morsel off the input; returns whether it has to be run to be counted.
bool CountedMorsels::Take() {
  auto morsel = input_->Next();
  if (morsel.ok() && !*morsel) return false;
  Counted& counted = ahead_.emplace_back();
  counted.status = morsel.status();
  if (!morsel.ok()) return false;
  counted.morsel = std::move(*morsel);
  const auto rows = input_->MorselRows();
  counted.rows = rows.value_or(-1);
  return !rows;
}

void CountedMorsels::Fetch() {
  const size_t width = width_;
  while (ahead_.size() < width && Take()) {
  }
  ParallelFor(ahead_.size(), [this](size_t i) {
    if (ahead_[i].status.ok() && ahead_[i].rows < 0) Compute(ahead_[i]);
  });
  width_ = std::min(2 * width, static_cast<size_t>(run_.workers()));
}

void CountedMorsels::Compute(Counted& counted) {
  auto [batch, counts] = internal::Compute(counted.morsel, workers_, run_);
  counted.morsel = nullptr;
  counted.counts = std::move(counts);
  counted.status = batch.status();
  if (!batch.ok()) return;
  counted.batch = std::move(*batch);
  counted.rows = counted.batch->num_rows();
}

// Positions from `first` on, before `end`.
struct RowRange {
  int64_t first = 0;
  int64_t end = INT64_MAX;
};

class RangeStream : public Stream {
 public:
  // `ahead` stands for the batches that are computed ahead.
  RangeStream(std::unique_ptr<Stream> input, RowRange range, Step step,
              std::unique_ptr<RunContext::Executing> ahead, RunContext& run)
      : input_(std::move(input), run),
        range_(range),
        step_(std::move(step)),
        executing_(std::move(ahead)),
        run_(run) {
    run.Count({.step = step_});
  }

  const SchemaPtr& schema() const override { return input_.schema(); }
  Result<Morsel> Next() override;
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }

 private:
  void PassOver(const Counted& counted);
  Result<BatchPtr> Run(const Counted& counted, int64_t from, int64_t to, Worker& worker) const;

  CountedMorsels input_;
  const RowRange range_;
  const Step step_;
  const std::unique_ptr<RunContext::Executing> executing_;
  RunContext& run_;
  int64_t next_row_ = 0;
  int64_t morsel_rows_ = 0;
};

Result<Morsel> RangeStream::Next() {
  while (next_row_ < range_.end) {
    RETURN_NOT_OK(run_.cancel().Check());
    ARROW_ASSIGN_OR_RAISE(auto counted, input_.Next());
    if (!counted) break;
    const int64_t first = next_row_;
    next_row_ += counted->rows;
    if (next_row_ <= range_.first) {
      PassOver(*counted);
      continue;
    }
    const int64_t from = std::max<int64_t>(range_.first - first, 0);
    const int64_t to = std::min(range_.end - first, counted->rows);
    morsel_rows_ = to - from;
    return Morsel([this, counted = std::move(*counted), from, to](Worker& worker) {
      return Run(counted, from, to, worker);
    });
  }
  return Morsel();
}

void RangeStream::PassOver(const Counted& counted) {
  run_.CountAll(counted.counts);
  run_.Count({.step = step_, .rows_in = counted.rows});
}

// Rows `from` to `to` of the morsel.
Result<BatchPtr> RangeStream::Run(const Counted& counted, int64_t from, int64_t to,
                                  Worker& worker) const {
  BatchPtr batch = counted.batch;
  if (batch == nullptr) {
    ARROW_ASSIGN_OR_RAISE(batch, counted.morsel(worker));
  }
  if (batch->num_rows() != counted.rows) {
    return Error(ErrorKind::kData, fmt::format("{}: {} rows came where {} were announced",
                                               step_.name, batch->num_rows(), counted.rows));
  }
  internal::Recount(counted.counts, worker);
  worker.CountStep(step_, to, to - from);
  return batch->Slice(from, to - from);
}

class Range : public Node {
 public:
  Range(NodePtr input, std::string_view op, int64_t rows, RowRange range)
      : Node({std::move(input)}), op_(op), rows_(rows), range_(range) {}

  std::string_view op() const override { return op_; }
  std::string Describe() const override { return std::to_string(rows_); }
  Result<std::string> Identity(RunContext&) const override { return Describe(); }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, {}, [this](NodePtr input) {
      return std::make_shared<Range>(std::move(input), op_, rows_, range_);
    });
  }
  Result<SchemaPtr> schema(RunContext& run) const override { return inputs()[0]->schema(run); }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto rows, PlanRows(*inputs()[0], run));
    if (!rows) return std::nullopt;
    return std::max<int64_t>(std::min(*rows, range_.end) - range_.first, 0);
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    auto ahead = std::make_unique<RunContext::Executing>(run, run.workers());
    ARROW_ASSIGN_OR_RAISE(auto input, OpenPlan(*inputs()[0], run));
    return std::make_unique<RangeStream>(std::move(input), range_, StepOf(*this), std::move(ahead),
                                         run);
  }

 private:
  const std::string_view op_;
  const int64_t rows_;
  const RowRange range_;
};

Result<NodePtr> MakeRange(NodePtr input, std::string_view op, int64_t rows, RowRange range) {
  if (rows < 0) {
    return Error(ErrorKind::kUsage, fmt::format("{}: n must not be negative: {}", op, rows));
  }
  return std::make_shared<Range>(std::move(input), op, rows, range);
}

}  // namespace

Result<NodePtr> MakeLimit(NodePtr input, int64_t rows) {
  return MakeRange(std::move(input), "limit", rows, {.end = rows});
}

Result<NodePtr> MakeSkip(NodePtr input, int64_t rows) {
  return MakeRange(std::move(input), "skip", rows, {.first = rows});
}

}  // namespace tideway::dataset
