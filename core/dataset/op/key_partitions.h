// Keys of any number of rows, dealt out by hash so that equal ones meet: the common first pass of
// distinct, group_by and join. Beyond the budget they lie in the scratch folder.
//
//   ARROW_ASSIGN_OR_RAISE(auto partitions, KeyPartitions::Create(run));
//   RETURN_NOT_OK(partitions->Put(index, *keys, rows));     // for each batch, by any worker
//   partitions->Seal();
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

class KeyPartitions {
 public:
  static Result<std::unique_ptr<KeyPartitions>> Create(RunContext& run);

  // The keys of some rows of batch `index`, in order; each batch once. A key that is in most rows
  // of the input should come once a batch. Thread-safe.
  Status Put(int64_t index, const arrow::BinaryArray& keys, std::span<const uint32_t> rows);
  void Seal();

  // Parts that are small enough to be worked on in memory, one by each worker. All rows of a key
  // are in the same one. Where one key, or one partition of a thousand, is larger, so is its unit.
  size_t units() const { return unit_starts_.size() - 1; }

  struct Key {
    std::string_view bytes;
    uint64_t hash;
    uint32_t batch;
    uint32_t row;
  };
  struct Unit {
    std::vector<Key> keys;  // by batch, then by row
    std::vector<BatchPtr> held;
  };
  // Thread-safe.
  Result<Unit> Read(size_t unit) const;

 private:
  static constexpr size_t kPartitions = 1024;

  explicit KeyPartitions(std::shared_ptr<BatchStore> store) : store_(std::move(store)) {}
  Status PutDealt(int64_t index, const arrow::BinaryArray& keys, std::vector<uint32_t> order);

  const std::shared_ptr<BatchStore> store_;  // {key, row}, by partition, then by row
  std::mutex mutex_;
  std::vector<std::vector<uint32_t>> starts_;  // by batch: where each partition begins, and the end
  std::vector<size_t> unit_starts_;            // the first partition of each unit, and the end
};

}  // namespace tideway::dataset
