#include "core/dataset/batch_store.h"

#include <arrow/buffer.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/message.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

namespace tideway::dataset {
namespace {

class StoreStream : public Stream {
 public:
  explicit StoreStream(std::shared_ptr<const BatchStore> store) : store_(std::move(store)) {}
  const SchemaPtr& schema() const override { return store_->schema(); }
  Result<Morsel> Next() override {
    if (next_ == store_->batches()) return Morsel();
    return Morsel([store = store_, index = next_++](Worker&) { return store->Read(index); });
  }
  std::optional<int64_t> MorselRows() const override { return store_->batch_rows(next_ - 1); }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(store_->batches());
  }

 private:
  const std::shared_ptr<const BatchStore> store_;
  int64_t next_ = 0;
};

bool HoldsDictionary(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) return true;
  for (const auto& field : type.fields()) {
    if (HoldsDictionary(*field->type())) return true;
  }
  return false;
}

// Rows may go to a file: a quarter of the budget is for what may not, such as rows that a script
// collects while it holds others.
bool LeavesRoom(const MemoryBudget& budget) {
  return budget.reserved_bytes() < budget.limit_bytes() / 4 * 3;
}

arrow::ipc::IpcWriteOptions WriteOptions() {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.allow_64bit = true;
  options.use_threads = false;
  return options;
}

}  // namespace

Result<std::shared_ptr<BatchStore>> BatchStore::Create(SchemaPtr schema, RunContext& run) {
  for (const auto& field : schema->fields()) {
    if (!HoldsDictionary(*field->type())) continue;
    return Error(ErrorKind::kData, "dataset: rows cannot be kept: column `" + field->name() +
                                       "` is dictionary-encoded: " + field->type()->ToString());
  }
  return std::shared_ptr<BatchStore>(new BatchStore(std::move(schema), run));
}

Result<std::shared_ptr<BatchStore>> BatchStore::CreateOnDisk(SchemaPtr schema, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto store, Create(std::move(schema), run));
  RETURN_NOT_OK(store->Spill().status());
  return store;
}

bool BatchStore::spills() const {
  std::lock_guard lock(mutex_);
  return spill_ != nullptr;
}

Status BatchStore::Put(int64_t index, const BatchPtr& batch) {
  Entry entry;
  entry.rows = batch->num_rows();
  ARROW_ASSIGN_OR_RAISE(const bool in_memory, PutInMemory(batch, entry));
  if (!in_memory) RETURN_NOT_OK(PutInFile(batch, entry));
  std::lock_guard lock(mutex_);
  const auto slot = static_cast<size_t>(index);
  if (slot >= entries_.size()) entries_.resize(slot + 1);
  entries_[slot] = std::move(entry);
  return Status::OK();
}

Result<bool> BatchStore::PutInMemory(const BatchPtr& batch, Entry& entry) {
  if (spills() || !LeavesRoom(*run_->shared_budget())) return false;
  ARROW_ASSIGN_OR_RAISE(entry.batch, memory_.Hold(batch));
  return entry.batch != nullptr;
}

Status BatchStore::PutInFile(const BatchPtr& batch, Entry& entry) {
  arrow::ipc::IpcPayload payload;
  RETURN_NOT_OK(arrow::ipc::GetRecordBatchPayload(*batch, WriteOptions(), &payload));
  ARROW_ASSIGN_OR_RAISE(SpillFile * file, Spill());
  ARROW_ASSIGN_OR_RAISE(entry.offset, file->Append(payload.body_buffers));
  entry.metadata = payload.metadata;
  entry.length = payload.body_length;
  return Status::OK();
}

Result<SpillFile*> BatchStore::Spill() {
  std::lock_guard lock(mutex_);
  if (spill_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run_->scratch());
    ARROW_ASSIGN_OR_RAISE(spill_, SpillFile::Create(scratch->NewFile("rows")));
  }
  return spill_.get();
}

void BatchStore::Seal() {
  run_ = nullptr;
  rows_ = 0;
  for (Entry& entry : entries_) {
    entry.first_row = rows_;
    rows_ += entry.rows;
  }
}

Result<BatchPtr> BatchStore::Read(int64_t index) const {
  const Entry& entry = entries_[static_cast<size_t>(index)];
  if (entry.batch != nullptr) return entry.batch;
  ARROW_ASSIGN_OR_RAISE(auto body, spill_->Map(entry.offset, entry.length));
  ARROW_ASSIGN_OR_RAISE(auto message, arrow::ipc::Message::Open(entry.metadata, std::move(body)));
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  const arrow::ipc::DictionaryMemo no_dictionaries;
  return arrow::ipc::ReadRecordBatch(*message, schema_, &no_dictionaries, options);
}

std::unique_ptr<Stream> BatchStore::OpenStream() const {
  return std::make_unique<StoreStream>(shared_from_this());
}

}  // namespace tideway::dataset
