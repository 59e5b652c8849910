// Cuts a stream of batches into blocks whose edges depend on the rows only: a block ends at
// kMaxRows, or with the row that brings it to kMaxBytes.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class RowBlock {
 public:
  static constexpr int64_t kMaxRows = 16 * 1024;
  static constexpr int64_t kMaxBytes = 4 << 20;

  // Takes rows of `batch` from `offset` on, at most `max_rows`, as many as still fit; returns how
  // many. REQUIRES: !full(), and all batches of one schema.
  int64_t Take(const arrow::RecordBatch& batch, int64_t offset, int64_t max_rows);
  bool full() const { return rows_ == kMaxRows || bytes_ >= kMaxBytes; }
  int64_t rows() const { return rows_; }
  // The rows as one batch; leaves the block empty.
  Result<BatchPtr> Release();

 private:
  std::vector<BatchPtr> pieces_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tideway::dataset
