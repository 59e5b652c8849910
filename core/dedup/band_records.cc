#include "core/dedup/band_records.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

namespace tideway::dedup {
namespace {

dataset::SchemaPtr RecordSchema() {
  return arrow::schema({arrow::field("record", arrow::uint64(), false)});
}

}  // namespace

BandRecords::BandRecords(size_t bands, std::shared_ptr<dataset::BatchStore> store)
    : bands_(bands), store_(std::move(store)) {
  while (2 * per_band_ * bands_ <= kMostUnits) {
    per_band_ *= 2;
    --shift_;
  }
}

Result<std::unique_ptr<BandRecords>> BandRecords::Create(size_t bands, dataset::RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto store, dataset::BatchStore::Create(RecordSchema(), run));
  return std::unique_ptr<BandRecords>(new BandRecords(bands, std::move(store)));
}

Status BandRecords::Put(int64_t index, std::span<const uint32_t> rows,
                        std::span<const uint64_t> keys) {
  std::vector<uint32_t> starts(units() + 1);
  for (size_t i = 0; i < keys.size(); ++i) ++starts[UnitOf(i % bands_, keys[i]) + 1];
  for (size_t unit = 0; unit < units(); ++unit) starts[unit + 1] += starts[unit];
  std::vector<uint32_t> next(starts.begin(), starts.end() - 1);
  std::vector<uint64_t> records(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    records[next[UnitOf(i % bands_, keys[i])]++] = keys[i] << 32 | rows[i / bands_];
  }
  const auto size = static_cast<int64_t>(records.size());
  auto column =
      std::make_shared<arrow::UInt64Array>(size, arrow::Buffer::FromVector(std::move(records)));
  RETURN_NOT_OK(store_->Put(index, arrow::RecordBatch::Make(RecordSchema(), size, {column})));
  std::lock_guard lock(mutex_);
  const auto slot = static_cast<size_t>(index);
  if (slot >= starts_.size()) starts_.resize(slot + 1);
  starts_[slot] = std::move(starts);
  return Status::OK();
}

void BandRecords::Seal(std::vector<uint32_t> first_documents) {
  store_->Seal();
  first_documents_ = std::move(first_documents);
}

Result<std::vector<BandRecords::Record>> BandRecords::Read(size_t unit) const {
  size_t count = 0;
  for (const auto& starts : starts_) count += starts[unit + 1] - starts[unit];
  std::vector<Record> records;
  records.reserve(count);
  for (size_t batch = 0; batch < starts_.size(); ++batch) {
    const uint32_t from = starts_[batch][unit];
    const uint32_t to = starts_[batch][unit + 1];
    if (from == to) continue;
    ARROW_ASSIGN_OR_RAISE(const auto stored, store_->Read(static_cast<int64_t>(batch)));
    const auto& column = static_cast<const arrow::UInt64Array&>(*stored->column(0));
    for (uint32_t i = from; i < to; ++i) {
      const uint64_t record = column.Value(i);
      records.push_back({static_cast<uint32_t>(record >> 32),
                         first_documents_[batch] + static_cast<uint32_t>(record)});
    }
  }
  return records;
}

}  // namespace tideway::dedup
