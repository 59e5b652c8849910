#include <arrow/record_batch.h>

#include <algorithm>
#include <utility>

#include "core/base/mapped_pool.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/format/row_block_internal.h"

namespace tideway::dataset {
namespace {

int64_t WeightOf(const arrow::RecordBatch& batch, int64_t offset, int64_t rows) {
  ByteCounter counter;
  counter.Add(*batch.Slice(offset, rows));
  return counter.weight();
}

}  // namespace

int64_t RowBlock::Take(const arrow::RecordBatch& batch, int64_t offset, int64_t max_rows) {
  int64_t rows = std::min({max_rows, kMaxRows - rows_, batch.num_rows() - offset});
  int64_t bytes = WeightOf(batch, offset, rows);
  if (bytes_ + bytes >= kMaxBytes) {
    // The fewest rows that fill the block.
    int64_t too_few = 0;
    while (rows - too_few > 1) {
      const int64_t middle = too_few + (rows - too_few) / 2;
      (bytes_ + WeightOf(batch, offset, middle) >= kMaxBytes ? rows : too_few) = middle;
    }
    bytes = WeightOf(batch, offset, rows);
  }
  pieces_.push_back(batch.Slice(offset, rows));
  rows_ += rows;
  bytes_ += bytes;
  return rows;
}

Result<BatchPtr> RowBlock::Release() {
  rows_ = 0;
  bytes_ = 0;
  const std::vector<BatchPtr> pieces = std::exchange(pieces_, {});
  if (pieces.size() == 1) return pieces.front();
  return arrow::ConcatenateRecordBatches(pieces, &MappedPool::Get());
}

}  // namespace tideway::dataset
