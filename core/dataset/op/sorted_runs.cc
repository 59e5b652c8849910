#include "core/dataset/op/sorted_runs.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "core/dataset/op/gather.h"
#include "core/dataset/op/key_order.h"
#include "core/dataset/op/row_key.h"

namespace tideway::dataset {
namespace {

class PieceStream : public Stream {
 public:
  explicit PieceStream(std::shared_ptr<const SortedRuns> runs) : runs_(std::move(runs)) {}
  const SchemaPtr& schema() const override { return runs_->schema(); }
  Result<Morsel> Next() override {
    if (next_ == runs_->pieces()) return Morsel();
    return Morsel([runs = runs_, piece = next_++](Worker&) { return runs->Read(piece); });
  }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(runs_->pieces());
  }

 private:
  const std::shared_ptr<const SortedRuns> runs_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Stream> OpenRuns(std::shared_ptr<const SortedRuns> runs) {
  return std::make_unique<PieceStream>(std::move(runs));
}

Result<BatchPtr> OrderOf(const arrow::BinaryArray& keys) {
  struct Item {
    KeyPrefix prefix;
    uint32_t row;
  };
  std::vector<Item> items;
  items.reserve(static_cast<size_t>(keys.length()));
  for (int64_t row = 0; row < keys.length(); ++row) {
    items.push_back({PrefixOfKey(keys.GetView(row)), static_cast<uint32_t>(row)});
  }
  SortByKey(items, [&keys](const Item& item) { return keys.GetView(item.row); });
  arrow::BinaryBuilder sorted;
  arrow::UInt32Builder rows;
  RETURN_NOT_OK(sorted.Reserve(keys.length()));
  RETURN_NOT_OK(sorted.ReserveData(keys.total_values_length()));
  RETURN_NOT_OK(rows.Reserve(keys.length()));
  for (const Item& item : items) {
    sorted.UnsafeAppend(keys.GetView(item.row));
    rows.UnsafeAppend(item.row);
  }
  ARROW_ASSIGN_OR_RAISE(auto sorted_keys, sorted.Finish());
  ARROW_ASSIGN_OR_RAISE(auto order, rows.Finish());
  return arrow::RecordBatch::Make(KeyRowSchema(), keys.length(),
                                  {std::move(sorted_keys), std::move(order)});
}

BatchPtr InOrder(std::shared_ptr<arrow::BinaryArray> keys) {
  std::vector<uint32_t> rows(static_cast<size_t>(keys->length()));
  std::iota(rows.begin(), rows.end(), 0U);
  const int64_t count = keys->length();
  return arrow::RecordBatch::Make(
      KeyRowSchema(), count,
      {std::move(keys),
       std::make_shared<arrow::UInt32Array>(count, arrow::Buffer::FromVector(std::move(rows)))});
}

// Part of a batch in the order of its keys.
struct SortedRuns::Slice {
  const Batch* batch;
  int64_t first;
  int64_t end;
};

struct SortedRuns::Entry {
  KeyPrefix prefix;
  uint32_t slice;
  uint32_t at;  // in the batch's order
};

const SortedRuns::Batch& SortedRuns::SortedRun::BatchAt(int64_t row) const {
  const auto after = std::ranges::upper_bound(batches, row, {}, &Batch::first_row);
  return *std::prev(after);
}

std::string_view SortedRuns::SortedRun::KeyAt(int64_t row) const {
  const Batch& batch = BatchAt(row);
  return batch.keys->GetView(row - batch.first_row);
}

Status SortedRuns::Add(const Run& run) {
  SortedRun sorted;
  for (const int64_t index : run.batches) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr order, run.order->Read(index));
    if (order->num_rows() == 0) continue;
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, run.rows->Read(index));
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(*rows));
    sorted.batches.push_back({run.rows, index, sorted.rows,
                              std::static_pointer_cast<arrow::BinaryArray>(order->column(0)),
                              std::static_pointer_cast<arrow::UInt32Array>(order->column(1)),
                              bytes});
    sorted.rows += order->num_rows();
  }
  rows_ += sorted.rows;
  if (sorted.rows > 0) runs_.push_back(std::move(sorted));
  return Status::OK();
}

// Takes every so many rows of each batch as a place where a piece may begin, and sorts these places
// by the merged order. A piece is longer than asked for by no more than one step in each run.
Status SortedRuns::Cut(int64_t piece_bytes) {
  constexpr int64_t kStepsInPiece = 16;
  struct Candidate {
    KeyPrefix prefix;
    Place place;
    int64_t bytes;  // from here to the next one in the batch, about
  };
  std::vector<Candidate> candidates;
  for (size_t run = 0; run < runs_.size(); ++run) {
    for (const Batch& batch : runs_[run].batches) {
      const int64_t rows = batch.keys->length();
      const int64_t steps = std::clamp<int64_t>(batch.bytes * kStepsInPiece / piece_bytes, 1, rows);
      for (int64_t step = 0; step < steps; ++step) {
        const int64_t row = rows * step / steps;
        candidates.push_back({PrefixOfKey(batch.keys->GetView(row)),
                              {run, batch.first_row + row},
                              batch.bytes / steps});
      }
    }
  }
  SortByKey(candidates, [this](const Candidate& candidate) {
    return runs_[candidate.place.run].KeyAt(candidate.place.row);
  });
  int64_t bytes = 0;
  for (const Candidate& candidate : candidates) {
    if (bytes >= piece_bytes) {
      cuts_.push_back(candidate.place);
      bytes = 0;
    }
    bytes += candidate.bytes;
  }
  return Status::OK();
}

int64_t SortedRuns::RowsBefore(std::string_view key, size_t of, size_t run) const {
  int64_t low = 0, high = runs_[run].rows;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const int compared = runs_[run].KeyAt(middle).compare(key);
    const bool is_before = compared < 0 || (compared == 0 && run < of);
    (is_before ? low : high) = is_before ? middle + 1 : middle;
  }
  return low;
}

// How many rows of each run come before `place` in the merged order.
std::vector<int64_t> SortedRuns::RowsBefore(const Place& place) const {
  const std::string_view key = runs_[place.run].KeyAt(place.row);
  std::vector<int64_t> before(runs_.size());
  for (size_t run = 0; run < runs_.size(); ++run) {
    before[run] = run == place.run ? place.row : RowsBefore(key, place.run, run);
  }
  return before;
}

SortedRuns::Range SortedRuns::RangeOf(size_t piece) const {
  Range range{std::vector<int64_t>(runs_.size()), {}};
  if (piece > 0) range.from = RowsBefore(cuts_[piece - 1]);
  if (piece < cuts_.size()) {
    range.to = RowsBefore(cuts_[piece]);
  } else {
    for (const SortedRun& run : runs_) range.to.push_back(run.rows);
  }
  return range;
}

SortedRuns::Range SortedRuns::RowsBetween(size_t piece, std::string_view first,
                                          std::string_view end) const {
  Range range = RangeOf(piece);
  for (size_t run = 0; run < runs_.size(); ++run) {
    int64_t& from = range.from[run];
    int64_t& to = range.to[run];
    from = std::min(std::max(from, RowsBefore(first, 0, run)), to);
    to = std::max(std::min(to, RowsBefore(end, 0, run)), from);
  }
  return range;
}

std::string_view SortedRuns::FirstKey(size_t piece) const {
  const Place& first = cuts_[piece - 1];
  return runs_[first.run].KeyAt(first.row);
}

std::vector<SortedRuns::Slice> SortedRuns::SlicesOf(const Range& range) const {
  std::vector<Slice> slices;
  for (size_t run = 0; run < runs_.size(); ++run) {
    for (int64_t row = range.from[run]; row < range.to[run];) {
      const Batch& batch = runs_[run].BatchAt(row);
      const int64_t end = std::min(range.to[run] - batch.first_row, batch.keys->length());
      slices.push_back({&batch, row - batch.first_row, end});
      row = batch.first_row + end;
    }
  }
  return slices;
}

std::vector<SortedRuns::Entry> SortedRuns::Merge(const std::vector<Slice>& slices) {
  int64_t rows = 0;
  for (const Slice& slice : slices) rows += slice.end - slice.first;
  std::vector<Entry> entries;
  entries.reserve(static_cast<size_t>(rows));
  std::vector<size_t> ends;
  for (uint32_t slice = 0; slice < slices.size(); ++slice) {
    for (int64_t at = slices[slice].first; at < slices[slice].end; ++at) {
      entries.push_back(
          {PrefixOfKey(slices[slice].batch->keys->GetView(at)), slice, static_cast<uint32_t>(at)});
    }
    ends.push_back(entries.size());
  }
  MergeByKey(entries, std::move(ends), [&slices](const Entry& entry) {
    return slices[entry.slice].batch->keys->GetView(entry.at);
  });
  return entries;
}

Result<BatchPtr> SortedRuns::Gather(const std::vector<Slice>& slices,
                                    const std::vector<Entry>& entries) const {
  std::vector<BatchPtr> batches;
  for (const Slice& slice : slices) {
    ARROW_ASSIGN_OR_RAISE(BatchPtr batch, slice.batch->store->Read(slice.batch->index));
    batches.push_back(std::move(batch));
  }
  std::vector<RowRef> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries) {
    rows.push_back({entry.slice, slices[entry.slice].batch->order->Value(entry.at)});
  }
  return GatherRows(schema_, batches, rows);
}

Result<BatchPtr> SortedRuns::Read(size_t piece) const { return Read(RangeOf(piece)); }

Result<BatchPtr> SortedRuns::Read(const Range& range) const {
  const auto slices = SlicesOf(range);
  return Gather(slices, Merge(slices));
}

Result<SortedRuns::Piece> SortedRuns::ReadWithKeys(size_t piece) const {
  const auto slices = SlicesOf(RangeOf(piece));
  const auto entries = Merge(slices);
  ARROW_ASSIGN_OR_RAISE(BatchPtr rows, Gather(slices, entries));
  arrow::BinaryBuilder keys;
  RETURN_NOT_OK(keys.Reserve(static_cast<int64_t>(entries.size())));
  for (const Entry& entry : entries) {
    RETURN_NOT_OK(keys.Append(slices[entry.slice].batch->keys->GetView(entry.at)));
  }
  std::shared_ptr<arrow::BinaryArray> sorted;
  RETURN_NOT_OK(keys.Finish(&sorted));
  return Piece{std::move(rows), std::move(sorted)};
}

}  // namespace tideway::dataset
