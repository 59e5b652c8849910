#include "core/dataset/op/larger_batches.h"

#include <arrow/record_batch.h>

#include <utility>
#include <vector>

#include "core/base/mapped_pool.h"
#include "core/dataset/byte_count.h"

namespace tideway::dataset {
namespace {

// What a group takes on its way: its place in a table, in a sum or two, and in the result.
constexpr int64_t kGroupBytes = 64;

Result<BatchPtr> AsOne(const std::vector<Morsel>& morsels, Worker& worker) {
  std::vector<BatchPtr> batches;
  for (const Morsel& morsel : morsels) {
    ARROW_ASSIGN_OR_RAISE(batches.emplace_back(), morsel(worker));
  }
  return arrow::ConcatenateRecordBatches(batches, &MappedPool::Get());
}

}  // namespace

Result<Morsel> LargerBatches::Next() {
  std::vector<Morsel> morsels;
  for (const size_t count = count_; morsels.size() < count;) {
    ARROW_ASSIGN_OR_RAISE(Morsel morsel, input_.Next());
    if (!morsel) break;
    morsels.push_back(std::move(morsel));
  }
  if (morsels.empty()) return Morsel();
  if (morsels.size() == 1) return std::move(morsels[0]);
  return Morsel([morsels = std::move(morsels)](Worker& worker) { return AsOne(morsels, worker); });
}

// Twice as many go together where groups come again, though not so often that they are few already;
// and not before each worker has had some of this size, so that the last ones are not large for
// what there is.
void LargerBatches::Grouped(const arrow::RecordBatch& batch, int64_t groups) {
  constexpr int kBatchesEach = 4;
  constexpr int64_t kFewGroups = 16;
  const int64_t rows = batch.num_rows();
  const bool pays = groups * 10 < rows * 9 && groups * kFewGroups > rows;
  if (!pays || BatchBytes(batch) + groups * kGroupBytes > most_bytes_) return;
  std::lock_guard lock(mutex_);
  if (++done_ < kBatchesEach * workers_) return;
  done_ = 0;
  count_ = 2 * count_;
}

}  // namespace tideway::dataset
