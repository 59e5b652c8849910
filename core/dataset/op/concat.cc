#include "core/dataset/op/concat.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <mutex>

#include "core/dataset/columns.h"
#include "core/dataset/features.h"
#include "core/dataset/materialise.h"

namespace tideway::dataset {
namespace {

std::string FeatureOf(const arrow::Field& field) {
  if (field.metadata() == nullptr) return "";
  return field.metadata()->Get(kFeatureKey).ValueOr("");
}

Error Mismatch(size_t input, const std::string& what) {
  return Error(ErrorKind::kData,
               "concat: input " + std::to_string(input + 1) + " does not fit the first: " + what)
      .Hint("select the same columns, in the same order and with the same types, from each input");
}

Result<FieldPtr> MergeField(const FieldPtr& first, const FieldPtr& next, size_t input) {
  if (first->name() != next->name()) {
    return Mismatch(input,
                    "column `" + next->name() + "` where `" + first->name() + "` is expected");
  }
  if (!first->type()->Equals(next->type())) {
    return Mismatch(input, "column `" + first->name() + "` is " + first->type()->ToString() +
                               " there and " + next->type()->ToString() + " here");
  }
  const std::string known = FeatureOf(*first), other = FeatureOf(*next);
  if (!known.empty() && !other.empty() && known != other) {
    return Mismatch(
        input, "column `" + first->name() + "` means " + known + " there and " + other + " here");
  }
  return (known.empty() && !other.empty() ? next : first)
      ->WithNullable(first->nullable() || next->nullable());
}

Result<SchemaPtr> MergeSchemas(const SchemaPtr& first, const SchemaPtr& next, size_t input) {
  if (first->num_fields() != next->num_fields()) {
    return Mismatch(input, "columns " + JoinNames(ColumnNames(*next)) + " instead of " +
                               JoinNames(ColumnNames(*first)));
  }
  arrow::FieldVector fields;
  for (int i = 0; i < first->num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto field, MergeField(first->field(i), next->field(i), input));
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields), first->metadata());
}

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
      ARROW_ASSIGN_OR_RAISE(merged, MergeSchemas(merged, next, i));
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
