#include "core/dataset/op/filter_rows.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

#include "core/base/mapped_pool.h"

namespace tideway::dataset {

RowMask::RowMask(int64_t rows)
    : buffer_(arrow::Buffer::FromString(std::string(static_cast<size_t>(rows + 7) / 8, '\0'))),
      bits_(const_cast<uint8_t*>(buffer_->data())),
      rows_(rows) {}

Result<BatchPtr> FilterRows(const BatchPtr& batch, const RowMask& mask) {
  return FilterRows(batch, arrow::BooleanArray(mask.rows(), mask.bits()));
}

Result<BatchPtr> FilterRows(const BatchPtr& batch, const arrow::BooleanArray& keep) {
  const int64_t kept = keep.true_count();
  if (kept == batch->num_rows()) return batch;
  if (kept == 0) return batch->Slice(0, 0);
  arrow::compute::ExecContext context(&MappedPool::Get());
  ARROW_ASSIGN_OR_RAISE(
      const arrow::Datum rows,
      arrow::compute::Filter(batch, keep, arrow::compute::FilterOptions::Defaults(), &context));
  return rows.record_batch();
}

}  // namespace tideway::dataset
