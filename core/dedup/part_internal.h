// What the nodes over a deciding one share: each makes its own of the input's batches.
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/dataset/run_context.h"
#include "core/dedup/deduplication.h"

namespace tideway::dedup::internal {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;
using DecisionPtr = std::shared_ptr<const Decision>;

// The documents of one batch of the input.
struct Batch {
  BatchPtr rows;
  uint32_t first;
};
using MakeBatch = std::function<Result<BatchPtr>(const Decision&, const Batch&)>;

// What becomes of the input's batches.
class PartStream : public dataset::Stream {
 public:
  PartStream(DecisionPtr decision, SchemaPtr schema, MakeBatch make)
      : decision_(std::move(decision)), schema_(std::move(schema)), make_(std::move(make)) {}
  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(decision_->rows().batches());
  }
  Result<dataset::Morsel> Next() override {
    if (next_ == decision_->rows().batches()) return dataset::Morsel();
    return dataset::Morsel([this, index = next_++](dataset::Worker&) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(BatchPtr rows, decision_->rows().Read(index));
      const auto first_row = static_cast<uint32_t>(decision_->rows().first_row(index));
      return make_(*decision_, {std::move(rows), decision_->first() + first_row});
    });
  }

 private:
  const DecisionPtr decision_;
  const SchemaPtr schema_;
  const MakeBatch make_;
  int64_t next_ = 0;
};

// A node over the deciding one.
class Part : public dataset::Node {
 public:
  explicit Part(DeduplicationPtr deduplication)
      : Node({deduplication}), deduplication_(std::move(deduplication)) {}
  std::string Describe() const override { return {}; }
  Result<std::string> Identity(RunContext&) const override { return std::string(); }

 protected:
  const Deduplication& deduplication() const { return *deduplication_; }
  static Error NoRow(int64_t row) {
    return {ErrorKind::kNotFound, "dedup: there is no row " + std::to_string(row)};
  }

 private:
  const DeduplicationPtr deduplication_;
};

}  // namespace tideway::dedup::internal
