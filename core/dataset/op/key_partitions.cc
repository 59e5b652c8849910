#include "core/dataset/op/key_partitions.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "core/base/hash.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/op/gather.h"

namespace tideway::dataset {
namespace {

// So many keys and a table of them fit in a core's cache.
constexpr double kUnitRows = 128 << 10;

constexpr size_t kLongestKey = std::tuple_size_v<Sha256Digest>;

// A short key as it is. One byte more than the longest of them tells a digest from all.
Status AppendDigest(std::string_view key, arrow::BinaryBuilder& keys) {
  if (key.size() <= kLongestKey) return keys.Append(key);
  std::array<char, kLongestKey + 1> digest{};
  std::ranges::copy(Sha256Bytes(key), digest.begin());
  return keys.Append(std::string_view(digest.data(), digest.size()));
}

Result<std::shared_ptr<arrow::BinaryArray>> DigestsOf(const arrow::BinaryArray& keys) {
  arrow::BinaryBuilder builder;
  RETURN_NOT_OK(builder.Reserve(keys.length()));
  for (int64_t i = 0; i < keys.length(); ++i) RETURN_NOT_OK(AppendDigest(keys.GetView(i), builder));
  std::shared_ptr<arrow::BinaryArray> digests;
  RETURN_NOT_OK(builder.Finish(&digests));
  return digests;
}

}  // namespace

SchemaPtr RowNumberSchema() {
  static const SchemaPtr schema = arrow::schema({arrow::field("row", arrow::uint32())});
  return schema;
}

BatchPtr RowNumbers(std::vector<uint32_t> rows) {
  const auto count = static_cast<int64_t>(rows.size());
  return arrow::RecordBatch::Make(
      RowNumberSchema(), count,
      {std::make_shared<arrow::UInt32Array>(count, arrow::Buffer::FromVector(std::move(rows)))});
}

uint64_t KeyPartitions::HashOf(std::string_view key) { return Hash64(key, 0); }

Result<std::unique_ptr<KeyPartitions>> KeyPartitions::Create(const SchemaPtr& schema,
                                                             LongKeys long_keys, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(
      const SchemaPtr stored,
      schema->AddField(schema->num_fields(), arrow::field("key", arrow::binary())));
  ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(stored, run));
  return std::unique_ptr<KeyPartitions>(new KeyPartitions(schema, long_keys, std::move(store)));
}

Status KeyPartitions::Put(int64_t index, const arrow::BinaryArray& keys,
                          std::span<const uint32_t> numbers, const BatchPtr& rows) {
  std::vector<uint16_t> partitions;
  partitions.reserve(numbers.size());
  Batch batch;
  batch.starts.resize(kPartitions + 1);
  for (const uint32_t number : numbers) {
    partitions.push_back(static_cast<uint16_t>(PartitionOf(HashOf(keys.GetView(number)))));
    ++batch.starts[partitions.back() + 1U];
  }
  for (size_t i = 0; i < kPartitions; ++i) batch.starts[i + 1] += batch.starts[i];
  std::vector<RowRef> order(numbers.size());
  auto next = batch.starts;
  for (uint32_t row = 0; row < numbers.size(); ++row) order[next[partitions[row]]++] = {0, row};

  batch.digests = long_keys_ == LongKeys::kDigests && store_->spills();
  arrow::BinaryBuilder dealt_keys;
  RETURN_NOT_OK(dealt_keys.Reserve(static_cast<int64_t>(order.size())));
  for (const RowRef ref : order) {
    const std::string_view key = keys.GetView(numbers[ref.row]);
    RETURN_NOT_OK(batch.digests ? AppendDigest(key, dealt_keys) : dealt_keys.Append(key));
  }
  ARROW_ASSIGN_OR_RAISE(const BatchPtr dealt, GatherRows(schema_, {&rows, 1}, order));
  auto columns = dealt->columns();
  ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), dealt_keys.Finish());
  const auto stored =
      arrow::RecordBatch::Make(store_->schema(), dealt->num_rows(), std::move(columns));
  batch.bytes = BatchBytes(*stored);
  RETURN_NOT_OK(store_->Put(index, stored));

  std::lock_guard lock(mutex_);
  gives_digests_ = gives_digests_ || batch.digests;
  const auto slot = static_cast<size_t>(index);
  if (slot >= batches_.size()) batches_.resize(slot + 1);
  batches_[slot] = std::move(batch);
  return Status::OK();
}

void KeyPartitions::Seal(int64_t most_bytes) {
  store_->Seal();
  unit_starts_ = {0};
  double rows = 0, bytes = 0;
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    double more_rows = 0, more_bytes = 0;
    for (const Batch& batch : batches_) {
      const uint32_t count = batch.starts[partition + 1] - batch.starts[partition];
      if (count == 0) continue;
      more_rows += count;
      more_bytes += static_cast<double>(batch.bytes) * count / batch.starts[kPartitions];
    }
    const bool full =
        rows + more_rows > kUnitRows || bytes + more_bytes > static_cast<double>(most_bytes);
    if (rows > 0 && full) {
      unit_starts_.push_back(partition);
      rows = bytes = 0;
    }
    rows += more_rows;
    bytes += more_bytes;
  }
  unit_starts_.push_back(kPartitions);
  IndexUnits();
}

void KeyPartitions::SealAs(KeyPartitions& other) {
  store_->Seal();
  unit_starts_ = other.unit_starts_;
  gives_digests_ = other.gives_digests_ = gives_digests_ || other.gives_digests_;
  IndexUnits();
}

void KeyPartitions::IndexUnits() {
  unit_of_.clear();
  for (size_t unit = 0; unit < units(); ++unit) {
    unit_of_.resize(unit_starts_[unit + 1], static_cast<uint16_t>(unit));
  }
}

Result<std::vector<KeyPartitions::Piece>> KeyPartitions::Read(size_t unit) const {
  std::vector<Piece> pieces;
  for (size_t index = 0; index < batches_.size(); ++index) {
    const auto& starts = batches_[index].starts;
    const uint32_t first = starts[unit_starts_[unit]];
    const uint32_t end = starts[unit_starts_[unit + 1]];
    if (first == end) continue;
    const auto batch = static_cast<int64_t>(index);
    ARROW_ASSIGN_OR_RAISE(const BatchPtr stored, store_->Read(batch));
    auto columns = stored->Slice(first, end - first)->columns();
    auto keys = std::static_pointer_cast<arrow::BinaryArray>(columns.back());
    columns.pop_back();
    if (gives_digests_ && !batches_[index].digests) {
      ARROW_ASSIGN_OR_RAISE(keys, DigestsOf(*keys));
    }
    pieces.push_back({batch, arrow::RecordBatch::Make(schema_, end - first, std::move(columns)),
                      std::move(keys)});
  }
  return pieces;
}

size_t KeyPartitions::RowsOf(std::span<const Piece> pieces) {
  size_t rows = 0;
  for (const Piece& piece : pieces) rows += static_cast<size_t>(piece.keys->length());
  return rows;
}

}  // namespace tideway::dataset
