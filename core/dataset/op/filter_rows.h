// Keeping some rows of a batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/dataset/stream.h"

namespace tideway::dataset {

// A bit per row: what FilterRows keeps. Set() once for each row, in order.
class RowMask {
 public:
  explicit RowMask(int64_t rows);
  void Set(int64_t row, bool keep) {
    if (!keep) return;
    bits_[row >> 3] |= static_cast<uint8_t>(1U << (row & 7));
    ++kept_;
  }
  int64_t rows() const { return rows_; }
  int64_t kept() const { return kept_; }
  std::shared_ptr<arrow::Buffer> bits() const { return buffer_; }

 private:
  std::shared_ptr<arrow::Buffer> buffer_;
  uint8_t* bits_;
  int64_t rows_;
  int64_t kept_ = 0;
};

// The rows of `batch` that `mask` keeps, in order; `batch` itself when it keeps all.
Result<BatchPtr> FilterRows(const BatchPtr& batch, const RowMask& mask);

}  // namespace tideway::dataset
