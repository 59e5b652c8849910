// Keeps the batches of a plan so that they can be read again, any number of times: in memory while
// the budget lasts; beyond that, everything newly added goes to a file in the run's scratch folder
// and is read back through memory maps of one batch each.
//
//   ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(schema, run));
//   RETURN_NOT_OK(store->Put(0, batch));
//   store->Seal();
//   ARROW_ASSIGN_OR_RAISE(BatchPtr again, store->Read(0));
//
// Threads: Put() and Read() from any thread, several at once; Seal() between the last Put and the
// first Read. Ownership: destroying the store gives its memory back and removes its file; it may
// outlive the run, and batches read from it may outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/dataset/held_memory.h"
#include "core/dataset/run_context.h"
#include "core/dataset/spill_file.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

class BatchStore : public std::enable_shared_from_this<BatchStore> {
 public:
  // An error of kind data names the column when its type cannot be kept (dictionaries).
  static Result<std::shared_ptr<BatchStore>> Create(SchemaPtr schema, RunContext& run);
  // The same, with nothing kept in memory.
  static Result<std::shared_ptr<BatchStore>> CreateOnDisk(SchemaPtr schema, RunContext& run);
  BatchStore(const BatchStore&) = delete;

  // Keeps `batch` as number `index` (each once; their order is the order of rows). An error of kind
  // disk_full names the scratch folder when there is no space left.
  Status Put(int64_t index, const BatchPtr& batch);
  // Ends writing. `index` values must by now be 0 ... batches() - 1.
  void Seal();

  const SchemaPtr& schema() const { return schema_; }
  int64_t batches() const { return static_cast<int64_t>(entries_.size()); }
  int64_t rows() const { return rows_; }
  // The position of the first row of batch `index`.
  int64_t first_row(int64_t index) const { return entries_[static_cast<size_t>(index)].first_row; }
  int64_t batch_rows(int64_t index) const { return entries_[static_cast<size_t>(index)].rows; }
  int64_t spilled_bytes() const { return spill_ == nullptr ? 0 : spill_->size(); }
  // Whether what is put now goes to the file. From any thread, also before Seal().
  bool spills() const;

  // Batch `index`. Columns that nobody looks at cost nothing, also when they lie in the file.
  Result<BatchPtr> Read(int64_t index) const;
  // All batches in order. The stream shares the store's ownership.
  std::unique_ptr<Stream> OpenStream() const;

 private:
  struct Entry {
    int64_t rows = 0;
    int64_t first_row = 0;
    BatchPtr batch;                           // when in memory
    std::shared_ptr<arrow::Buffer> metadata;  // else: the IPC message's header, and where
    int64_t offset = 0;                       // its body lies in the file
    int64_t length = 0;
  };

  BatchStore(SchemaPtr schema, RunContext& run) : schema_(std::move(schema)), run_(&run) {}
  Result<bool> PutInMemory(const BatchPtr& batch, Entry& entry);
  Status PutInFile(const BatchPtr& batch, Entry& entry);
  Result<SpillFile*> Spill();

  const SchemaPtr schema_;
  RunContext* run_;  // until Seal()
  HeldMemory memory_{run_->shared_budget()};
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::shared_ptr<SpillFile> spill_;
  int64_t rows_ = 0;
};

}  // namespace tideway::dataset
