// Rows dealt out by the hash of their keys, so that rows of equal keys meet: the common first pass
// of distinct, group_by and join. Beyond the budget they lie in the scratch folder.
//
//   ARROW_ASSIGN_OR_RAISE(auto partitions, KeyPartitions::Create(schema, LongKeys::kWhole, run));
//   RETURN_NOT_OK(partitions->Put(index, *keys, numbers, rows));  // for each batch, by any worker
//   partitions->Seal(most_bytes);
//   for (size_t unit = 0; unit < partitions->units(); ++unit) ... partitions->Read(unit) ...
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

// Rows that are only their numbers in a batch: {row: uint32}.
SchemaPtr RowNumberSchema();
BatchPtr RowNumbers(std::vector<uint32_t> rows);

// What Read() gives of keys longer than a digest: enough to tell whether they are equal, they need
// not take the scratch folder's space.
enum class LongKeys {
  kWhole,
  kDigests,  // once any rows are in the scratch folder: SHA-256 and one byte, which no key is
};

class KeyPartitions {
 public:
  // For rows with this schema.
  static Result<std::unique_ptr<KeyPartitions>> Create(const SchemaPtr& schema, LongKeys long_keys,
                                                       RunContext& run);

  // Adds `rows` of batch `index`, each batch once. The key of row i is keys[numbers[i]]. A key that
  // is in most rows of the input should come once a batch. Thread-safe.
  Status Put(int64_t index, const arrow::BinaryArray& keys, std::span<const uint32_t> numbers,
             const BatchPtr& rows);

  // Ends adding. Cuts what there is into units of at most `most_bytes`, small enough to be worked
  // on in memory, one by each worker. All rows of a key are in the same one; where one key, or one
  // partition of a thousand, is larger, so is its unit.
  void Seal(int64_t most_bytes);
  // The same, with the units of other partitions: each has the same keys here and there, and in one
  // form.
  void SealAs(KeyPartitions& other);

  size_t units() const { return unit_starts_.size() - 1; }
  int64_t rows() const { return store_->rows(); }
  // Whether some of the rows lie in the scratch folder.
  bool spilled() const { return store_->spilled_bytes() > 0; }
  // Of a whole key.
  static uint64_t HashOf(std::string_view key);
  // The unit of a key with that hash.
  size_t UnitOf(uint64_t hash) const { return unit_of_[PartitionOf(hash)]; }

  // The rows of one batch that are in one unit, in their order.
  struct Piece {
    int64_t batch;
    BatchPtr rows;
    std::shared_ptr<arrow::BinaryArray> keys;
  };
  // By batch. Thread-safe.
  Result<std::vector<Piece>> Read(size_t unit) const;
  static size_t RowsOf(std::span<const Piece> pieces);

 private:
  static constexpr int kPartitionBits = 10;
  static constexpr size_t kPartitions = size_t{1} << kPartitionBits;
  // The leading bits, so that the trailing ones serve a table in the partition.
  static size_t PartitionOf(uint64_t hash) { return hash >> (64 - kPartitionBits); }

  // The rows of a batch in the store: where each partition begins, and the end.
  struct Batch {
    std::vector<uint32_t> starts;
    int64_t bytes = 0;
    bool digests = false;  // of its long keys
  };

  KeyPartitions(SchemaPtr schema, LongKeys long_keys, std::shared_ptr<BatchStore> store)
      : schema_(std::move(schema)), long_keys_(long_keys), store_(std::move(store)) {}
  void IndexUnits();

  const SchemaPtr schema_;
  const LongKeys long_keys_;
  const std::shared_ptr<BatchStore> store_;  // the columns and the key; by partition, then by row
  std::mutex mutex_;
  std::vector<Batch> batches_;
  bool gives_digests_ = false;
  std::vector<size_t> unit_starts_;  // the first partition of each unit, and the end
  std::vector<uint16_t> unit_of_;    // by partition
};

}  // namespace tideway::dataset
