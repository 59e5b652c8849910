// The keys of documents, dealt out so that equal ones meet: those of one band, and of one part of
// its keys, are one unit. Beyond the budget they lie in the scratch folder.
//
//   ARROW_ASSIGN_OR_RAISE(auto records, BandRecords::Create(32, run));
//   RETURN_NOT_OK(records->Put(index, numbers, keys));   // for each batch, by any worker
//   records->Seal();
//   for (size_t unit = 0; unit < records->units(); ++unit) ... records->Read(unit) ...
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dedup {

class BandRecords {
 public:
  // At most 1,024 bands.
  static Result<std::unique_ptr<BandRecords>> Create(size_t bands, dataset::RunContext& run);

  // Adds the documents of batch `index`, each batch once: document i, whose number in its batch is
  // rows[i], has the keys keys[bands * i] and behind. Thread-safe.
  Status Put(int64_t index, std::span<const uint32_t> rows, std::span<const uint64_t> keys);
  // `first_documents`: the number of the first document of each batch.
  void Seal(std::vector<uint32_t> first_documents);

  size_t units() const { return bands_ * per_band_; }
  size_t units_per_band() const { return per_band_; }
  // The documents of a unit, in no order, each behind 32 bits of its key, which those of equal keys
  // share, and few others. Thread-safe.
  struct Record {
    uint32_t tag;
    uint32_t document;
  };
  Result<std::vector<Record>> Read(size_t unit) const;

 private:
  static constexpr size_t kMostUnits = 1024;

  BandRecords(size_t bands, std::shared_ptr<dataset::BatchStore> store);
  size_t UnitOf(size_t band, uint64_t key) const {
    return band * per_band_ + (shift_ == 64 ? 0 : key >> shift_);
  }

  const size_t bands_;
  size_t per_band_ = 1;
  int shift_ = 64;
  const std::shared_ptr<dataset::BatchStore> store_;  // {record: uint64}, by unit
  std::mutex mutex_;
  std::vector<std::vector<uint32_t>> starts_;  // of each batch: where each unit begins, and the end
  std::vector<uint32_t> first_documents_;
};

}  // namespace tideway::dedup
