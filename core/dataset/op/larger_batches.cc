#include "core/dataset/op/larger_batches.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <utility>

#include "core/dataset/byte_count.h"

namespace tideway::dataset {
namespace {

// What a group takes on its way: its place in a table, in a sum or two, and in the result.
constexpr int64_t kGroupBytes = 64;

}  // namespace

Result<BatchPtr> LargerBatches::Larger::AsOne() const {
  if (batches.size() == 1) return batches[0];
  return arrow::ConcatenateRecordBatches(batches);
}

std::optional<LargerBatches::Larger> LargerBatches::Put(int64_t index, BatchPtr batch) {
  std::lock_guard lock(mutex_);
  Open& open = OpenFor(index);
  open.batches[static_cast<size_t>(index - open.first)] = std::move(batch);
  if (--open.missing > 0) return std::nullopt;
  Larger larger{open.index, std::move(open.batches)};
  std::erase_if(open_, [&](const Open& each) { return each.index == larger.index; });
  return larger;
}

LargerBatches::Open& LargerBatches::OpenFor(int64_t index) {
  while (next_first_ <= index) {
    open_.push_back({next_index_++, next_first_, std::vector<BatchPtr>(count_), count_});
    next_first_ += static_cast<int64_t>(count_);
  }
  const auto after = std::ranges::upper_bound(open_, index, {}, &Open::first);
  return *std::prev(after);
}

std::vector<LargerBatches::Larger> LargerBatches::Rest() {
  std::vector<Larger> rest;
  for (Open& open : open_) {
    std::erase(open.batches, nullptr);
    rest.push_back({open.index, std::move(open.batches)});
  }
  open_.clear();
  return rest;
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
  count_ *= 2;
}

}  // namespace tideway::dataset
