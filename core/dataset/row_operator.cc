#include <arrow/record_batch.h>

#include "core/dataset/materialise.h"
#include "core/dataset/node.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using ApplyFunction = std::function<Result<BatchPtr>(const BatchPtr&, Worker&)>;

class RowStream : public Stream {
 public:
  RowStream(std::unique_ptr<Stream> input, SchemaPtr schema, ApplyFunction apply, Step step,
            bool keeps_row_count, RunContext& run)
      : input_(std::move(input)),
        schema_(std::move(schema)),
        apply_(std::move(apply)),
        step_(std::move(step)),
        keeps_row_count_(keeps_row_count) {
    run.Count({.step = step_});
  }

  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return input_->Share(); }
  std::optional<int64_t> MorselRows() const override {
    return keeps_row_count_ ? input_->MorselRows() : std::nullopt;
  }

  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(Morsel input, input_->Next());
    if (!input) return input;
    return Morsel([this, input = std::move(input), index = next_++](Worker& worker) {
      return Compute(input, index, worker);
    });
  }

 private:
  Result<BatchPtr> Compute(const Morsel& input, int64_t index, Worker& worker) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, input(worker));
    offsets_->Set(index, batch->num_rows());
    auto output = apply_(batch, worker);
    if (!output.ok()) return LocateBatch(output.status(), offsets_, index);
    worker.CountStep(step_, batch->num_rows(), (*output)->num_rows());
    return output;
  }

  const std::unique_ptr<Stream> input_;
  const SchemaPtr schema_;
  const ApplyFunction apply_;
  const Step step_;
  const bool keeps_row_count_;
  const std::shared_ptr<RowOffsets> offsets_ = std::make_shared<RowOffsets>();
  int64_t next_ = 0;
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

Result<std::optional<int64_t>> RowOperator::KnownRows(RunContext& run) const {
  if (!keeps_row_count()) return std::nullopt;
  return PlanRows(*inputs()[0], run);
}

}  // namespace tideway::dataset
