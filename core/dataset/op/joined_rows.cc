#include "core/dataset/op/joined_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/dataset/op/gather.h"
#include "core/dataset/op/key_order.h"
#include "core/dataset/op/sortable_bits.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

const arrow::UInt64Array& PlacesOf(const arrow::RecordBatch& found) {
  return static_cast<const arrow::UInt64Array&>(*found.column(0));
}

BatchPtr Beside(const arrow::RecordBatch& left, const arrow::RecordBatch& found,
                const SchemaPtr& schema) {
  auto columns = left.columns();
  columns.insert(columns.end(), found.columns().begin() + 1, found.columns().end());
  return arrow::RecordBatch::Make(schema, found.num_rows(), std::move(columns));
}

int64_t BatchOf(uint64_t place) { return static_cast<int64_t>(place >> 32); }
uint32_t RowOf(uint64_t place) { return static_cast<uint32_t>(place); }

class StoredStream : public Stream {
 public:
  StoredStream(std::unique_ptr<Stream> found, std::shared_ptr<const BatchStore> left,
               SchemaPtr schema)
      : found_(std::move(found)), left_(std::move(left)), schema_(std::move(schema)) {}
  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return found_->Share(); }
  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(Morsel found, found_->Next());
    if (!found) return found;
    return Morsel([found = std::move(found), left = left_,
                   schema = schema_](Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, found(worker));
      ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, LeftRows(*batch, *left));
      return Beside(*rows, *batch, schema);
    });
  }

 private:
  static Result<BatchPtr> LeftRows(const arrow::RecordBatch& found, const BatchStore& left) {
    const arrow::UInt64Array& places = PlacesOf(found);
    std::vector<BatchPtr> batches;
    std::vector<RowRef> rows;
    rows.reserve(static_cast<size_t>(places.length()));
    int64_t last = -1;
    for (int64_t i = 0; i < places.length(); ++i) {
      const uint64_t place = places.Value(i);
      if (BatchOf(place) != last) {
        last = BatchOf(place);
        ARROW_ASSIGN_OR_RAISE(batches.emplace_back(), left.Read(last));
      }
      rows.push_back({static_cast<uint32_t>(batches.size() - 1), RowOf(place)});
    }
    return GatherRows(left.schema(), batches, rows);
  }

  const std::unique_ptr<Stream> found_;
  const std::shared_ptr<const BatchStore> left_;
  const SchemaPtr schema_;
};

// A left batch that several morsels take rows of: the first to come computes it.
class LeftBatch {
 public:
  LeftBatch(Morsel morsel, int64_t first_row, int64_t rows)
      : morsel_(std::move(morsel)), first_row_(first_row), rows_(rows) {}
  uint64_t first() const { return static_cast<uint64_t>(first_row_); }
  uint64_t end() const { return static_cast<uint64_t>(first_row_ + rows_); }

  // The left row of each row of `found`.
  Result<BatchPtr> RowsOf(const arrow::RecordBatch& found, Worker& worker) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, Get(worker));
    const arrow::UInt64Array& places = PlacesOf(found);
    if (places.length() == rows_ && AllOnce(places)) return batch;
    std::vector<RowRef> rows;
    rows.reserve(static_cast<size_t>(places.length()));
    for (int64_t i = 0; i < places.length(); ++i) {
      rows.push_back({0, static_cast<uint32_t>(places.Value(i) - first())});
    }
    return GatherRows(batch->schema(), {&batch, 1}, rows);
  }

 private:
  bool AllOnce(const arrow::UInt64Array& places) const {
    uint64_t next = first();
    return std::all_of(places.raw_values(), places.raw_values() + places.length(),
                       [&next](uint64_t place) { return place == next++; });
  }
  Result<BatchPtr> Get(Worker& worker) {
    std::lock_guard lock(mutex_);
    if (!batch_) {
      batch_ = morsel_(worker);
      morsel_ = nullptr;
      worker.TakeCounts();
    }
    if (batch_->ok() && (**batch_)->num_rows() != rows_) {
      return Error(ErrorKind::kData, fmt::format("join: {} rows came where {} were announced",
                                                 (**batch_)->num_rows(), rows_));
    }
    return *batch_;
  }

  std::mutex mutex_;
  Morsel morsel_;
  std::optional<Result<BatchPtr>> batch_;
  const int64_t first_row_;
  const int64_t rows_;
};

// Goes through the pieces of what was found and the left batches side by side: the rows that a
// piece has for a batch are one morsel.
class ReadStream : public Stream {
 public:
  ReadStream(std::shared_ptr<SortedRuns> found, std::unique_ptr<Stream> left, int64_t left_rows,
             SchemaPtr schema)
      : found_(std::move(found)),
        left_(std::move(left)),
        left_rows_(left_rows),
        schema_(std::move(schema)) {}
  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return left_->Share(); }

  // No more rows in a morsel than the first left batch has, nor than make a batch of what was
  // found.
  Status Cut(int64_t found_bytes, int64_t batch_bytes) {
    RETURN_NOT_OK(ReadBatch());
    const int64_t most_rows = batch_ == nullptr ? 1 : static_cast<int64_t>(batch_->end());
    const int64_t rows = std::clamp<int64_t>(most_rows, 1, batch_bytes / found_bytes + 1);
    return found_->Cut(rows * found_bytes);
  }

  Result<Morsel> Next() override {
    while (!ended_) {
      if (batch_ == nullptr) {
        RETURN_NOT_OK(ReadBatch());
        continue;
      }
      const auto batch = batch_;
      auto rows = found_->RowsBetween(piece_, PlaceKey(batch->first()), PlaceKey(batch->end()));
      PassOn();
      if (rows.empty()) continue;
      return Morsel([this, batch, rows = std::move(rows)](Worker& worker) -> Result<BatchPtr> {
        ARROW_ASSIGN_OR_RAISE(const BatchPtr found, found_->Read(rows));
        ARROW_ASSIGN_OR_RAISE(const BatchPtr left, batch->RowsOf(*found, worker));
        return Beside(*left, *found, schema_);
      });
    }
    return Morsel();
  }

 private:
  // To the next left batch, or to the next piece, when that has rows for this batch.
  void PassOn() {
    const bool more =
        piece_ + 1 < found_->pieces() && found_->FirstKey(piece_ + 1) < PlaceKey(batch_->end());
    if (more) {
      ++piece_;
    } else {
      batch_ = nullptr;
    }
  }
  Status ReadBatch() {
    ARROW_ASSIGN_OR_RAISE(Morsel morsel, left_->Next());
    if (!morsel) {
      ended_ = true;
      if (next_row_ == left_rows_) return Status::OK();
      return Error(ErrorKind::kData,
                   fmt::format("join: the left side had {} rows at first, and {} when read again",
                               left_rows_, next_row_));
    }
    const int64_t rows = left_->MorselRows().value();
    batch_ = std::make_shared<LeftBatch>(std::move(morsel), next_row_, rows);
    next_row_ += rows;
    return Status::OK();
  }

  const std::shared_ptr<SortedRuns> found_;
  const std::unique_ptr<Stream> left_;
  const int64_t left_rows_;
  const SchemaPtr schema_;
  size_t piece_ = 0;
  std::shared_ptr<LeftBatch> batch_;  // null before the next one is read
  int64_t next_row_ = 0;
  bool ended_ = false;
};

}  // namespace

std::string PlaceKey(uint64_t place) {
  uint8_t key[sizeof place];
  PutBigEndian(place, key);
  return {reinterpret_cast<const char*>(key), sizeof key};
}

uint64_t PlaceInStore(int64_t batch, uint32_t row) {
  return static_cast<uint64_t>(batch) << 32 | row;
}

std::unique_ptr<Stream> JoinStored(std::shared_ptr<const SortedRuns> found,
                                   std::shared_ptr<const BatchStore> left, SchemaPtr schema) {
  return std::make_unique<StoredStream>(OpenRuns(std::move(found)), std::move(left),
                                        std::move(schema));
}

Result<std::unique_ptr<Stream>> JoinRead(std::shared_ptr<SortedRuns> found, int64_t found_bytes,
                                         std::unique_ptr<Stream> left, int64_t left_rows,
                                         SchemaPtr schema, RunContext& run) {
  auto stream =
      std::make_unique<ReadStream>(std::move(found), std::move(left), left_rows, std::move(schema));
  RETURN_NOT_OK(stream->Cut(found_bytes, run.batch_bytes()));
  return stream;
}

}  // namespace tideway::dataset
