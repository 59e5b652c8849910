#include "core/dataset/held_memory.h"

#include <arrow/array/array_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tideway::dataset {
namespace {

// What a batch takes beside its data: headers, padding.
constexpr int64_t kSmallBytes = 4096;

// The columns in buffers of their own.
Result<BatchPtr> Copy(const BatchPtr& batch) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& column : batch->columns()) {
    ARROW_ASSIGN_OR_RAISE(auto copy, arrow::Concatenate({column, column->Slice(0, 0)}));
    columns.push_back(std::move(copy));
  }
  return arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
}

}  // namespace

bool HeldMemory::TryReserve(int64_t bytes) {
  std::lock_guard lock(mutex_);
  const int64_t free = std::min(bytes, free_bytes_);
  if (!budget_->TryReserve(bytes - free)) {
    refused_bytes_ = bytes - free;
    return false;
  }
  free_bytes_ -= free;
  reserved_bytes_ += bytes - free;
  return true;
}

Result<BatchPtr> HeldMemory::Hold(const BatchPtr& batch) {
  const int64_t total = arrow::util::TotalBufferSize(*batch);
  // Not told for every type; then all that there is counts.
  const int64_t referenced = arrow::util::ReferencedBufferSize(*batch).ValueOr(total);
  const bool copy = total > referenced + referenced / 2 + kSmallBytes;
  if (!TryReserve((copy ? referenced : total) + kSmallBytes)) return nullptr;
  return copy ? Copy(batch) : batch;
}

Error HeldMemory::Exhausted(const std::string& what) const {
  std::lock_guard lock(mutex_);
  return Error(ErrorKind::kMemory, what + ": over " +
                                       FormatBytes(reserved_bytes_ + refused_bytes_) + " of " +
                                       FormatBytes(budget_->limit_bytes()));
}

}  // namespace tideway::dataset
