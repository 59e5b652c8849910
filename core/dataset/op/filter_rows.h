// Keeping some rows of a batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/dataset/stream.h"

namespace tideway::dataset {

// A bit per row: what FilterRows keeps.
class RowMask {
 public:
  explicit RowMask(int64_t rows);
  void Set(int64_t row, bool keep) {
    if (keep) bits_[row >> 3] |= static_cast<uint8_t>(1U << (row & 7));
  }
  int64_t rows() const { return rows_; }
  std::shared_ptr<arrow::Buffer> bits() const { return buffer_; }

 private:
  std::shared_ptr<arrow::Buffer> buffer_;
  uint8_t* bits_;
  int64_t rows_;
};

// The rows of `batch` for which `keep` is true, neither false nor null, in order; `batch` itself
// when that is all.
Result<BatchPtr> FilterRows(const BatchPtr& batch, const arrow::BooleanArray& keep);
Result<BatchPtr> FilterRows(const BatchPtr& batch, const RowMask& mask);

}  // namespace tideway::dataset
