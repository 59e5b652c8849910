#include "core/dataset/op/limit.h"

#include <arrow/record_batch.h>
#include <fmt/core.h>

#include <algorithm>

#include "core/dataset/materialise.h"
#include "core/dataset/op/counted_morsels_internal.h"
#include "core/dataset/op/select.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

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
  const auto all = BatchOf(counted, worker);
  RETURN_NOT_OK(WithContext(step_.name, all.status()));
  const BatchPtr& batch = *all;
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
  Result<RowOrigins> Origins(int64_t row, RunContext&) const override {
    return RowOrigins{.rows = {{0, range_.first + row}}, .all = 1};
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
