#include "core/dataset/op/key_partitions.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include "core/base/hash.h"
#include "core/dataset/op/row_key.h"

namespace tideway::dataset {
namespace {

// So many keys and a table of them fit in a core's cache.
constexpr int64_t kUnitRows = 128 << 10;

uint64_t HashOf(std::string_view key) { return Hash64(key, 0); }

}  // namespace

Result<std::unique_ptr<KeyPartitions>> KeyPartitions::Create(RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(KeyRowSchema(), run));
  return std::unique_ptr<KeyPartitions>(new KeyPartitions(std::move(store)));
}

Status KeyPartitions::Put(int64_t index, const arrow::BinaryArray& keys,
                          std::span<const uint32_t> rows) {
  // The leading bits choose the partition, so that the trailing ones serve a table in it.
  constexpr int kShift = 64 - 10;
  static_assert(kPartitions == 1 << 10);
  std::vector<uint16_t> partitions;
  partitions.reserve(rows.size());
  std::vector<uint32_t> starts(kPartitions + 1);
  for (const uint32_t row : rows) {
    partitions.push_back(static_cast<uint16_t>(HashOf(keys.GetView(row)) >> kShift));
    ++starts[partitions.back() + 1U];
  }
  for (size_t i = 0; i < kPartitions; ++i) starts[i + 1] += starts[i];
  std::vector<uint32_t> order(rows.size());
  auto next = starts;
  for (size_t i = 0; i < rows.size(); ++i) order[next[partitions[i]]++] = rows[i];
  RETURN_NOT_OK(PutDealt(index, keys, std::move(order)));
  std::lock_guard lock(mutex_);
  const auto slot = static_cast<size_t>(index);
  if (slot >= starts_.size()) starts_.resize(slot + 1);
  starts_[slot] = std::move(starts);
  return Status::OK();
}

Status KeyPartitions::PutDealt(int64_t index, const arrow::BinaryArray& keys,
                               std::vector<uint32_t> order) {
  const auto count = static_cast<int64_t>(order.size());
  arrow::BinaryBuilder dealt;
  RETURN_NOT_OK(dealt.Reserve(count));
  for (const uint32_t row : order) RETURN_NOT_OK(dealt.Append(keys.GetView(row)));
  ARROW_ASSIGN_OR_RAISE(auto dealt_keys, dealt.Finish());
  auto rows =
      std::make_shared<arrow::UInt32Array>(count, arrow::Buffer::FromVector(std::move(order)));
  return store_->Put(index, arrow::RecordBatch::Make(KeyRowSchema(), count,
                                                     {std::move(dealt_keys), std::move(rows)}));
}

void KeyPartitions::Seal() {
  store_->Seal();
  unit_starts_ = {0};
  int64_t rows = 0;
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    int64_t more = 0;
    for (const auto& starts : starts_) more += starts[partition + 1] - starts[partition];
    if (rows > 0 && rows + more > kUnitRows) {
      unit_starts_.push_back(partition);
      rows = 0;
    }
    rows += more;
  }
  unit_starts_.push_back(kPartitions);
}

Result<KeyPartitions::Unit> KeyPartitions::Read(size_t unit) const {
  Unit read;
  for (size_t batch = 0; batch < starts_.size(); ++batch) {
    const uint32_t first = starts_[batch][unit_starts_[unit]];
    const uint32_t end = starts_[batch][unit_starts_[unit + 1]];
    if (first == end) continue;
    ARROW_ASSIGN_OR_RAISE(BatchPtr dealt, store_->Read(static_cast<int64_t>(batch)));
    const auto& keys = static_cast<const arrow::BinaryArray&>(*dealt->column(0));
    const auto& rows = static_cast<const arrow::UInt32Array&>(*dealt->column(1));
    for (uint32_t at = first; at < end; ++at) {
      const std::string_view key = keys.GetView(at);
      read.keys.push_back({key, HashOf(key), static_cast<uint32_t>(batch), rows.Value(at)});
    }
    read.held.push_back(std::move(dealt));
  }
  return read;
}

}  // namespace tideway::dataset
