#include "core/dataset/sinks.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/byte_size.h>

#include <algorithm>

#include "core/dataset/run_context.h"

namespace tideway::dataset {

Status CountSink::Open(const SchemaPtr& /*schema*/) { return Status::OK(); }

Result<bool> CountSink::Consume(const BatchPtr& batch) {
  rows_ += batch->num_rows();
  return true;
}

Status CountSink::Finish() { return Status::OK(); }

Status HeadSink::Open(const SchemaPtr& schema) {
  schema_ = schema;
  return Status::OK();
}

Result<bool> HeadSink::Consume(const BatchPtr& batch) {
  const int64_t taken = std::min(limit_ - rows_, batch->num_rows());
  if (taken > 0) batches_.push_back(batch->Slice(0, taken));
  rows_ += taken;
  return rows_ < limit_;
}

Status HeadSink::Finish() {
  ARROW_ASSIGN_OR_RAISE(table_, arrow::Table::FromRecordBatches(schema_, batches_));
  return Status::OK();
}

CollectSink::CollectSink(RunContext& run) : budget_(run.shared_budget()) {}

CollectSink::~CollectSink() { budget_->Release(reserved_bytes_); }

Status CollectSink::Open(const SchemaPtr& schema) {
  schema_ = schema;
  return Status::OK();
}

Result<bool> CollectSink::Consume(const BatchPtr& batch) {
  if (batch->num_rows() == 0) return true;
  const int64_t bytes = arrow::util::TotalBufferSize(*batch);
  if (!budget_->TryReserve(bytes)) {
    return Error(ErrorKind::kMemory, "collect: more rows than memory may hold: over " +
                                         FormatBytes(reserved_bytes_ + bytes) + " of " +
                                         FormatBytes(budget_->limit_bytes()))
        .Hint("write them to a file, go through them with rows(), or raise --memory");
  }
  reserved_bytes_ += bytes;
  batches_.push_back(batch);
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
