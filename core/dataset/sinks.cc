#include "core/dataset/sinks.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <algorithm>
#include <utility>

#include "core/dataset/run_context.h"

namespace tideway::dataset {

Status CountSink::Open(const SchemaPtr& /*schema*/) { return Status::OK(); }

Result<bool> CountSink::Consume(const BatchPtr& batch) {
  rows_ += batch->num_rows();
  return true;
}

Status CountSink::Finish() { return Status::OK(); }

HeadSink::HeadSink(int64_t limit, std::shared_ptr<MemoryBudget> budget)
    : limit_(limit), memory_(std::move(budget)) {}

Status HeadSink::Open(const SchemaPtr& schema) {
  schema_ = schema;
  return Status::OK();
}

Result<bool> HeadSink::Consume(const BatchPtr& batch) {
  const int64_t taken = std::min(limit_ - rows_, batch->num_rows());
  if (taken > 0) {
    ARROW_ASSIGN_OR_RAISE(auto kept, memory_.Hold(batch->Slice(0, taken)));
    if (kept == nullptr) {
      return memory_.Exhausted("head: more rows than memory may hold")
          .Hint("take fewer, go through them with rows(), or raise --memory");
    }
    batches_.push_back(std::move(kept));
  }
  rows_ += taken;
  return rows_ < limit_;
}

Status HeadSink::Finish() {
  ARROW_ASSIGN_OR_RAISE(table_, arrow::Table::FromRecordBatches(schema_, batches_));
  return Status::OK();
}

CollectSink::CollectSink(RunContext& run) : memory_(run.shared_budget()) {}

Status CollectSink::Open(const SchemaPtr& schema) {
  schema_ = schema;
  return Status::OK();
}

Result<bool> CollectSink::Consume(const BatchPtr& batch) {
  if (batch->num_rows() == 0) return true;
  ARROW_ASSIGN_OR_RAISE(auto kept, memory_.Hold(batch));
  if (kept == nullptr) {
    return memory_.Exhausted("collect: more rows than memory may hold")
        .Hint("write them to a file, go through them with rows(), or raise --memory");
  }
  batches_.push_back(std::move(kept));
  return true;
}

Status CollectSink::Finish() {
  ARROW_ASSIGN_OR_RAISE(table_, arrow::Table::FromRecordBatches(schema_, batches_));
  return Status::OK();
}

Status DiscardSink::Open(const SchemaPtr& /*schema*/) { return Status::OK(); }

Result<bool> DiscardSink::Consume(const BatchPtr& /*batch*/) { return true; }

Status DiscardSink::Finish() { return Status::OK(); }

}  // namespace tideway::dataset
