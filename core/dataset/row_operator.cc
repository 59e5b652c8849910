#include <arrow/record_batch.h>

#include "core/dataset/materialise.h"
#include "core/dataset/node.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

using ApplyFunction = std::function<Result<BatchPtr>(const BatchPtr&, Worker&)>;

// The reason that receipts give for rows which were dropped unread.
constexpr const char* kPassedOver = "row group without a match";

class RowStream : public Stream {
 public:
  RowStream(std::unique_ptr<Stream> input, SchemaPtr schema, ApplyFunction apply, Step step,
            bool keeps_rows, RunContext& run)
      : input_(std::move(input)),
        schema_(std::move(schema)),
        apply_(std::move(apply)),
        step_(std::move(step)),
        keeps_rows_(keeps_rows),
        run_(run) {
    run.Count({.step = step_});
  }

  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return input_->Share(); }
  std::optional<int64_t> MorselRows() const override {
    return keeps_rows_ ? input_->MorselRows() : std::nullopt;
  }

  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(Morsel input, input_->Next());
    passed_over_ = input_->PassedOver();
    if (passed_over_ > 0) offsets_->Set(next_++, passed_over_);
    if (!input) {
      if (passed_over_ > 0) run_.Count(PassedCounts());
      return input;
    }
    return Morsel([this, input = std::move(input), index = next_++,
                   passed = passed_over_](Worker& worker) -> Result<BatchPtr> {
      if (passed > 0 && !keeps_rows_) worker.CountDropped(kPassedOver, passed);
      return Compute(input, index, passed, worker);
    });
  }
  // A step that keeps rows leaves it to the one above to drop them.
  int64_t PassedOver() const override { return keeps_rows_ ? passed_over_ : 0; }

 private:
  StepCounts PassedCounts() const {
    if (keeps_rows_) return {.step = step_, .rows_in = passed_over_, .rows_out = passed_over_};
    return {.step = step_, .rows_in = passed_over_, .dropped = {{kPassedOver, passed_over_}}};
  }
  // Of an input batch that comes behind `passed` rows.
  Result<BatchPtr> Compute(const Morsel& input, int64_t index, int64_t passed, Worker& worker) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, input(worker));
    offsets_->Set(index, batch->num_rows());
    auto output = apply_(batch, worker);
    if (!output.ok()) return LocateBatch(output.status(), offsets_, index);
    worker.CountStep(step_, passed + batch->num_rows(),
                     (keeps_rows_ ? passed : 0) + (*output)->num_rows());
    return output;
  }

  const std::unique_ptr<Stream> input_;
  const SchemaPtr schema_;
  const ApplyFunction apply_;
  const Step step_;
  const bool keeps_rows_;
  RunContext& run_;
  const std::shared_ptr<RowOffsets> offsets_ = std::make_shared<RowOffsets>();
  int64_t next_ = 0;
  int64_t passed_over_ = 0;  // before the morsel given last
};

}  // namespace

Result<SchemaPtr> RowOperator::schema(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
  return OutputSchema(input);
}

Result<std::unique_ptr<Stream>> RowOperator::Open(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(auto input, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(SchemaPtr output, OutputSchema(input->schema()));
  ARROW_ASSIGN_OR_RAISE(Apply apply, Bind(input->schema(), output, run));
  return std::make_unique<RowStream>(std::move(input), std::move(output), std::move(apply),
                                     StepOf(*this), keeps_row_count(), run);
}

Result<RowOrigins> RowOperator::Origins(int64_t row, RunContext& run) const {
  if (keeps_row_count()) return RowOrigins{.rows = {{0, row}}, .all = 1};
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr output, OutputSchema(input));
  ARROW_ASSIGN_OR_RAISE(const Apply apply, Bind(input, output, run));
  const CountRows count = [&](const BatchPtr& batch, Worker& worker) -> Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, apply(batch, worker));
    return rows->num_rows();
  };
  return OriginInOrder(inputs()[0], row, count, run);
}

Result<std::optional<int64_t>> RowOperator::KnownRows(RunContext& run) const {
  if (!keeps_row_count()) return std::nullopt;
  return PlanRows(*inputs()[0], run);
}

}  // namespace tideway::dataset
