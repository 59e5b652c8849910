#include "core/dataset/op/concat.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <mutex>

#include "core/dataset/materialise.h"
#include "core/dataset/op/merge_schemas.h"

namespace tideway::dataset {
namespace {

class ConcatStream : public Stream {
 public:
  ConcatStream(std::vector<NodePtr> inputs, SchemaPtr schema, RunContext& run)
      : inputs_(std::move(inputs)), schema_(std::move(schema)), run_(run) {}
  const SchemaPtr& schema() const override { return schema_; }

  Result<Morsel> Next() override {
    while (true) {
      if (streams_.size() > current_) {
        ARROW_ASSIGN_OR_RAISE(Morsel morsel, streams_[current_]->Next());
        if (morsel) return WithSchema(std::move(morsel));
        ++current_;
      }
      if (current_ == inputs_.size()) return Morsel();
      ARROW_ASSIGN_OR_RAISE(auto stream, OpenPlan(*inputs_[current_], run_));
      streams_.push_back(std::move(stream));
    }
  }
  std::optional<int64_t> MorselRows() const override { return streams_[current_]->MorselRows(); }
  std::optional<double> Share() const override {
    const auto share = streams_[current_]->Share();
    if (!share) return std::nullopt;
    return (static_cast<double>(current_) + *share) / static_cast<double>(inputs_.size());
  }

 private:
  Morsel WithSchema(Morsel input) const {
    return [this, input = std::move(input)](Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, input(worker));
      return arrow::RecordBatch::Make(schema_, batch->num_rows(), batch->columns());
    };
  }

  const std::vector<NodePtr> inputs_;
  const SchemaPtr schema_;
  RunContext& run_;
  std::vector<std::unique_ptr<Stream>> streams_;  // finished ones too: their morsels may still run
  size_t current_ = 0;
};

class Concat : public Node {
 public:
  using Node::Node;
  std::string_view op() const override { return "concat"; }
  std::string Describe() const override { return ""; }
  Result<std::string> Identity(RunContext&) const override { return std::string(); }

  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    return MakeConcat(std::move(inputs));
  }

  // Remembered, for inputs may share what is below them: asked anew at each of many joins, that
  // would be asked once for every way down to it.
  Result<SchemaPtr> schema(RunContext& run) const override {
    std::lock_guard lock(mutex_);
    if (schema_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(schema_, Merge(run));
    }
    return schema_;
  }

  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr merged, schema(run));
    return std::make_unique<ConcatStream>(inputs(), std::move(merged), run);
  }

  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    int64_t total = 0;
    for (const NodePtr& input : inputs()) {
      ARROW_ASSIGN_OR_RAISE(const auto rows, PlanRows(*input, run));
      if (!rows) return std::nullopt;
      total += *rows;
    }
    return total;
  }

 private:
  Result<SchemaPtr> Merge(RunContext& run) const {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr merged, inputs()[0]->schema(run));
    for (size_t i = 1; i < inputs().size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const SchemaPtr next, inputs()[i]->schema(run));
      ARROW_ASSIGN_OR_RAISE(merged, MergeSchemas(merged, next,
                                                 "concat: input " + std::to_string(i + 1) +
                                                     " does not fit the first"));
    }
    return merged;
  }

  mutable std::mutex mutex_;
  mutable SchemaPtr schema_;
};

}  // namespace

NodePtr MakeConcat(std::vector<NodePtr> inputs) {
  return std::make_shared<Concat>(std::move(inputs));
}

}  // namespace tideway::dataset
