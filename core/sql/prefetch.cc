#include <arrow/api.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/base/guard.h"
#include "core/sql/row_hash.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql {
namespace {

using dataset::BatchPtr;
using dataset::Morsel;
using dataset::RunContext;

// Enough that the database and the executor rarely wait for each other.
constexpr size_t kBatchesAhead = 2;

class PrefetchStream : public dataset::Stream {
 public:
  PrefetchStream(std::unique_ptr<BatchReader> reader, std::string uri, RunContext& run)
      : reader_(std::move(reader)), uri_(std::move(uri)), run_(run) {
    thread_ = std::thread([this] { Produce(); });
  }

  ~PrefetchStream() override {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    reader_->Interrupt();
    thread_.join();
  }

  const dataset::SchemaPtr& schema() const override { return reader_->schema(); }

  Result<Morsel> Next() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !batches_.empty() || finished_; });
    if (batches_.empty()) {
      RETURN_NOT_OK(status_);
      return Morsel();
    }
    BatchPtr batch = std::move(batches_.front());
    batches_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return Morsel([batch](dataset::Worker&) -> Result<BatchPtr> { return batch; });
  }

 private:
  void Produce() {
    const Status status = Guarded("sql", "reading failed", [this] { return ReadAll(); });
    {
      std::lock_guard lock(mutex_);
      status_ = status;
      finished_ = true;
    }
    changed_.notify_all();
  }

  Status ReadAll() {
    RowHash hash(reader_->schema());
    int64_t rows = 0;
    while (true) {
      RETURN_NOT_OK(run_.cancel().Check());
      ARROW_ASSIGN_OR_RAISE(BatchPtr batch, reader_->Read());
      if (!batch) break;
      hash.Update(*batch);
      rows += batch->num_rows();
      if (!Put(std::move(batch))) return Status::OK();
    }
    run_.RecordInput({.uri = uri_, .hash = hash.Finish(), .rows = rows, .bytes = -1});
    return Status::OK();
  }

  // Waits for room; false when nobody wants more.
  bool Put(BatchPtr batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || batches_.size() < kBatchesAhead; });
    if (stopped_) return false;
    batches_.push_back(std::move(batch));
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  const std::unique_ptr<BatchReader> reader_;
  const std::string uri_;
  RunContext& run_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BatchPtr> batches_;
  bool stopped_ = false;
  bool finished_ = false;
  Status status_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<dataset::Stream> Prefetch(std::unique_ptr<BatchReader> reader, std::string uri,
                                          RunContext& run) {
  return std::make_unique<PrefetchStream>(std::move(reader), std::move(uri), run);
}

}  // namespace tideway::sql
