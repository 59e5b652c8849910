#include "core/dataset/op/filter_rows.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

namespace tideway::dataset {

RowMask::RowMask(int64_t rows)
    : buffer_(arrow::Buffer::FromString(std::string(static_cast<size_t>(rows + 7) / 8, '\0'))),
      bits_(const_cast<uint8_t*>(buffer_->data())),
      rows_(rows) {}

Result<BatchPtr> FilterRows(const BatchPtr& batch, const RowMask& mask) {
  if (mask.kept() == mask.rows()) return batch;
  if (mask.kept() == 0) return batch->Slice(0, 0);
  const arrow::BooleanArray keep(mask.rows(), mask.bits());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum kept, arrow::compute::Filter(batch, keep));
  return kept.record_batch();
}

}  // namespace tideway::dataset
