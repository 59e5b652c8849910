#include "core/dataset/op/spilled_join.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "core/dataset/byte_count.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/joined_rows.h"
#include "core/dataset/op/key_filter.h"
#include "core/dataset/op/key_order.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/sorted_runs.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// What was found for left rows: the place of each, then the right cells.
SchemaPtr FoundSchema(const JoinColumns& columns) {
  arrow::FieldVector fields{arrow::field("place", arrow::uint64())};
  fields.insert(fields.end(), columns.right_fields().begin(), columns.right_fields().end());
  return arrow::schema(std::move(fields));
}

// Keys of left rows, some thousands of them.
struct LeftPiece {
  JoinKeys keys;
  std::vector<uint64_t> places;  // of each, in no order
};

SchemaPtr PlaceSchema() { return arrow::schema({arrow::field("place", arrow::uint64())}); }

std::shared_ptr<arrow::Array> ArrayOf(std::vector<uint64_t> values) {
  const auto count = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::UInt64Array>(count, arrow::Buffer::FromVector(std::move(values)));
}

// Brings keys of several batches together: a batch of wide rows has few, and each that is dealt out
// costs every unit.
class LeftKeys {
 public:
  LeftKeys(int64_t piece_rows, int64_t piece_bytes)
      : piece_rows_(piece_rows), piece_bytes_(piece_bytes) {}
  // Gives what there is when it is enough. Any thread.
  Result<std::optional<LeftPiece>> Add(std::shared_ptr<arrow::Array> keys,
                                       const std::vector<uint64_t>& places) {
    std::lock_guard lock(mutex_);
    bytes_ += static_cast<const arrow::BinaryArray&>(*keys).total_values_length();
    keys_.push_back(std::move(keys));
    places_.insert(places_.end(), places.begin(), places.end());
    const bool enough =
        static_cast<int64_t>(places_.size()) >= piece_rows_ || bytes_ >= piece_bytes_;
    if (!enough) return std::nullopt;
    return Take();
  }
  // What is left.
  Result<LeftPiece> Take() {
    ARROW_ASSIGN_OR_RAISE(const auto all, keys_.empty()
                                              ? arrow::MakeEmptyArray(arrow::binary())
                                              : arrow::Concatenate(std::exchange(keys_, {})));
    bytes_ = 0;
    return LeftPiece{{std::static_pointer_cast<arrow::BinaryArray>(all), {}},
                     std::exchange(places_, {})};
  }

 private:
  const int64_t piece_rows_;
  const int64_t piece_bytes_;
  std::mutex mutex_;
  arrow::ArrayVector keys_;
  std::vector<uint64_t> places_;
  int64_t bytes_ = 0;
};

struct PlacedRow {
  KeyPrefix prefix;  // the place
  int64_t row;
};
// A piece is by partition: its rows by their places.
std::vector<PlacedRow> InOrderOfLeft(const LeftPiece& piece) {
  std::vector<PlacedRow> rows;
  rows.reserve(piece.places.size());
  for (const uint64_t place : piece.places) {
    rows.push_back({{.high = place}, static_cast<int64_t>(rows.size())});
  }
  SortByPrefix(rows);
  return rows;
}

// The right rows of one unit.
struct RightUnit {
  std::vector<BatchPtr> batches;             // and one row of nulls
  std::vector<KeyPartitions::Piece> pieces;  // what the table looks at
  JoinTable table;
  int64_t row_bytes = 0;

  RowRef no_match() const { return {static_cast<uint32_t>(batches.size() - 1), 0}; }
};

class Joiner {
 public:
  Joiner(const JoinColumns& columns, bool unique_right, RunContext& run)
      : columns_(columns), unique_right_(unique_right), run_(run) {}

  Status DealRight(std::shared_ptr<const BatchStore> right);
  // Gives the number of rows. They are kept, but where they are read again.
  Result<int64_t> DealLeft(Stream& left, bool keep);
  Status Join();
  int64_t rows() const { return found_->rows(); }
  // `left`: null where the rows were kept.
  Result<std::unique_ptr<Stream>> Open(std::unique_ptr<Stream> left, int64_t left_rows);

 private:
  Status AddLeft(int64_t index, int64_t first_row, const BatchPtr& batch, LeftKeys& keys);
  Status KeepLeft(int64_t index, const BatchPtr& batch, std::span<const RowRef> kept);
  Status DealKeys(LeftPiece piece);
  Status JoinUnit(size_t unit);
  Result<RightUnit> ReadRight(size_t unit) const;
  Result<std::vector<LeftPiece>> ReadLeft(size_t unit) const;
  Status JoinPiece(size_t unit, const LeftPiece& piece, const RightUnit& right);
  Status Put(size_t unit, const LeftPiece& piece, const RightUnit& right,
             std::span<const JoinedRow> rows);
  int64_t FoundRowBytes() const;
  int64_t PieceBytes() const;

  const JoinColumns& columns_;
  const bool unique_right_;
  RunContext& run_;
  SchemaPtr right_schema_;
  std::unique_ptr<KeyPartitions> right_;
  std::unique_ptr<KeyFilter> filter_;      // of the right keys, where left rows need one
  std::shared_ptr<BatchStore> left_rows_;  // null where they are read again
  std::unique_ptr<KeyPartitions> left_;    // the places of the rows
  std::atomic<int64_t> left_pieces_ = 0;
  std::atomic<int64_t> left_bytes_ = 0;
  std::shared_ptr<BatchStore> found_;
  std::shared_ptr<BatchStore> order_;               // of the batches of `found_`
  std::vector<std::vector<int64_t>> unit_batches_;  // of `found_`, by unit
  std::atomic<int64_t> found_bytes_ = 0;
  std::atomic<int64_t> next_ = 0;
};

Status Joiner::DealRight(std::shared_ptr<const BatchStore> right) {
  constexpr int64_t kShareForFilter = 8;
  right_schema_ = right->schema();
  ARROW_ASSIGN_OR_RAISE(right_, KeyPartitions::Create(right_schema_, LongKeys::kDigests, run_));
  if (columns_.needs_match()) {
    filter_ = KeyFilter::Make(right->rows(), run_.budget().limit_bytes() / kShareForFilter);
  }
  const auto stream = right->OpenStream();
  right.reset();
  RETURN_NOT_OK(ForEachBatch(
      *stream,
      [this](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const JoinKeys keys, columns_.RightKeys(*batch));
        const auto numbers = keys.RowsWithKeys();
        std::vector<RowRef> rows;
        for (const uint32_t row : numbers) {
          rows.push_back({0, row});
          if (filter_) filter_->Add(KeyPartitions::HashOf(keys.keys->GetView(row)));
        }
        ARROW_ASSIGN_OR_RAISE(const BatchPtr kept, GatherRows(right_schema_, {&batch, 1}, rows));
        return right_->Put(index, *keys.keys, numbers, kept);
      },
      run_, "join: right"));
  right_->Seal(run_.batch_bytes());
  return Status::OK();
}

Result<int64_t> Joiner::DealLeft(Stream& left, bool keep) {
  if (keep) {
    ARROW_ASSIGN_OR_RAISE(left_rows_, BatchStore::Create(left.schema(), run_));
  }
  ARROW_ASSIGN_OR_RAISE(left_, KeyPartitions::Create(PlaceSchema(), LongKeys::kDigests, run_));
  LeftKeys keys(run_.batch_rows(), run_.batch_bytes());
  std::atomic<int64_t> rows = 0;
  RETURN_NOT_OK(ForEachBatch(
      left,
      [&](int64_t index, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
        rows += batch->num_rows();
        return AddLeft(index, first_row, batch, keys);
      },
      run_, "join: left"));
  ARROW_ASSIGN_OR_RAISE(auto rest, keys.Take());
  RETURN_NOT_OK(DealKeys(std::move(rest)));
  if (keep) left_rows_->Seal();
  left_->SealAs(*right_);
  filter_.reset();
  return rows.load();
}

// All rows, or those that may have a match where the others do not come out.
Status Joiner::AddLeft(int64_t index, int64_t first_row, const BatchPtr& batch, LeftKeys& keys) {
  ARROW_ASSIGN_OR_RAISE(const JoinKeys encoded, columns_.LeftKeys(*batch));
  const auto encoded_schema = arrow::schema({arrow::field("key", arrow::binary())});
  BatchPtr keyed = arrow::RecordBatch::Make(encoded_schema, batch->num_rows(), {encoded.keys});
  std::vector<RowRef> kept;
  std::vector<uint64_t> places;
  for (uint32_t row = 0; row < batch->num_rows(); ++row) {
    if (filter_ && !filter_->MayHold(KeyPartitions::HashOf(encoded.keys->GetView(row)))) continue;
    places.push_back(left_rows_ ? PlaceInStore(index, static_cast<uint32_t>(kept.size()))
                                : static_cast<uint64_t>(first_row + row));
    kept.push_back({0, row});
  }
  if (static_cast<int64_t>(kept.size()) < batch->num_rows()) {
    ARROW_ASSIGN_OR_RAISE(keyed, GatherRows(encoded_schema, {&keyed, 1}, kept));
  }
  if (left_rows_) RETURN_NOT_OK(KeepLeft(index, batch, kept));
  ARROW_ASSIGN_OR_RAISE(auto piece, keys.Add(keyed->column(0), places));
  return piece ? DealKeys(*std::move(piece)) : Status::OK();
}

Status Joiner::KeepLeft(int64_t index, const BatchPtr& batch, std::span<const RowRef> kept) {
  BatchPtr rows = batch;
  if (static_cast<int64_t>(kept.size()) < batch->num_rows()) {
    ARROW_ASSIGN_OR_RAISE(rows, GatherRows(batch->schema(), {&batch, 1}, kept));
  }
  left_bytes_ += BatchBytes(*rows);
  return left_rows_->Put(index, rows);
}

Status Joiner::DealKeys(LeftPiece piece) {
  const auto count = static_cast<int64_t>(piece.places.size());
  std::vector<uint32_t> numbers(piece.places.size());
  std::iota(numbers.begin(), numbers.end(), 0U);
  const auto places =
      arrow::RecordBatch::Make(PlaceSchema(), count, {ArrayOf(std::move(piece.places))});
  return left_->Put(left_pieces_++, *piece.keys.keys, numbers, places);
}

Status Joiner::Join() {
  ARROW_ASSIGN_OR_RAISE(found_, BatchStore::Create(FoundSchema(columns_), run_));
  ARROW_ASSIGN_OR_RAISE(order_, BatchStore::Create(KeyRowSchema(), run_));
  unit_batches_.resize(right_->units());
  RETURN_NOT_OK(
      ForEachNumber(right_->units(), [this](size_t unit) { return JoinUnit(unit); }, run_, "join"));
  found_->Seal();
  order_->Seal();
  left_.reset();
  right_.reset();
  return Status::OK();
}

Result<std::unique_ptr<Stream>> Joiner::Open(std::unique_ptr<Stream> left, int64_t left_rows) {
  auto runs = std::make_shared<SortedRuns>(found_->schema());
  for (auto& batches : unit_batches_) {
    RETURN_NOT_OK(runs->Add({found_, order_, std::move(batches)}));
  }
  if (left != nullptr) {
    return JoinRead(std::move(runs), FoundRowBytes(), std::move(left), left_rows, columns_.schema(),
                    run_);
  }
  RETURN_NOT_OK(runs->Cut(PieceBytes()));
  return JoinStored(std::move(runs), std::move(left_rows_), columns_.schema());
}

int64_t Joiner::FoundRowBytes() const {
  return found_bytes_ / std::max<int64_t>(found_->rows(), 1) + 1;
}

// As many bytes of what was found as make a batch together with the left rows.
int64_t Joiner::PieceBytes() const {
  const auto found = static_cast<double>(FoundRowBytes());
  const double left = static_cast<double>(left_bytes_) /
                      static_cast<double>(std::max<int64_t>(left_rows_->rows(), 1));
  const double share = found / (found + left);
  return 1 + static_cast<int64_t>(share * static_cast<double>(run_.batch_bytes()));
}

Status Joiner::JoinUnit(size_t unit) {
  ARROW_ASSIGN_OR_RAISE(const RightUnit right, ReadRight(unit));
  if (const auto repeated = right.table.FirstRepeated(); unique_right_ && !repeated.empty()) {
    return columns_.Repeated(*right.batches[repeated[0].batch], repeated[0].row);
  }
  ARROW_ASSIGN_OR_RAISE(const auto pieces, ReadLeft(unit));
  for (const LeftPiece& piece : pieces) RETURN_NOT_OK(JoinPiece(unit, piece, right));
  return Status::OK();
}

Result<RightUnit> Joiner::ReadRight(size_t unit) const {
  RightUnit right;
  ARROW_ASSIGN_OR_RAISE(right.pieces, right_->Read(unit));
  const size_t rows = KeyPartitions::RowsOf(right.pieces);
  right.table = JoinTable(rows);
  int64_t bytes = 0;
  for (const auto& piece : right.pieces) {
    const auto batch = static_cast<uint32_t>(right.batches.size());
    for (int64_t row = 0; row < piece.rows->num_rows(); ++row) {
      right.table.Add(piece.keys->GetView(row), {batch, static_cast<uint32_t>(row)});
    }
    right.batches.push_back(piece.rows);
    bytes += BatchBytes(*piece.rows);
  }
  right.table.Seal();
  right.row_bytes = rows == 0 ? 0 : bytes / static_cast<int64_t>(rows);
  ARROW_ASSIGN_OR_RAISE(right.batches.emplace_back(), columns_.NoMatch());
  return right;
}

// A piece has about as many rows as a batch: of one that was dealt out there are few in a unit.
Result<std::vector<LeftPiece>> Joiner::ReadLeft(size_t unit) const {
  ARROW_ASSIGN_OR_RAISE(const auto read, left_->Read(unit));
  std::vector<LeftPiece> pieces;
  std::vector<uint64_t> places;
  arrow::ArrayVector keys;
  const auto end_piece = [&]() -> Status {
    if (keys.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto all, arrow::Concatenate(keys));
    pieces.push_back({{std::static_pointer_cast<arrow::BinaryArray>(all), {}}, std::move(places)});
    places.clear();
    keys.clear();
    return Status::OK();
  };
  for (const KeyPartitions::Piece& piece : read) {
    const auto& cells = static_cast<const arrow::UInt64Array&>(*piece.rows->column(0));
    places.insert(places.end(), cells.raw_values(), cells.raw_values() + cells.length());
    keys.push_back(piece.keys);
    if (static_cast<int64_t>(places.size()) >= run_.batch_rows()) RETURN_NOT_OK(end_piece());
  }
  RETURN_NOT_OK(end_piece());
  return pieces;
}

// The null keys among those dealt out on the left match nothing: on the right there are none.
Status Joiner::JoinPiece(size_t unit, const LeftPiece& piece, const RightUnit& right) {
  const int64_t row_bytes = right.row_bytes + static_cast<int64_t>(sizeof(uint64_t));
  const auto most_rows = static_cast<size_t>(
      std::max<int64_t>(1, std::min(run_.batch_rows(), run_.batch_bytes() / row_bytes)));
  std::vector<JoinedRow> rows;
  for (const PlacedRow& placed : InOrderOfLeft(piece)) {
    columns_.Match(piece.keys, placed.row, placed.row + 1, right.table, right.no_match(), rows);
    if (rows.size() < most_rows) continue;
    for (size_t from = 0; from < rows.size(); from += most_rows) {
      const auto some = std::span(rows).subspan(from, std::min(most_rows, rows.size() - from));
      RETURN_NOT_OK(Put(unit, piece, right, some));
    }
    rows.clear();
  }
  return rows.empty() ? Status::OK() : Put(unit, piece, right, rows);
}

// A run is in the order of the left, and all rows of a left row are in one.
Status Joiner::Put(size_t unit, const LeftPiece& piece, const RightUnit& right,
                   std::span<const JoinedRow> rows) {
  std::vector<uint64_t> places;
  arrow::BinaryBuilder keys;
  RETURN_NOT_OK(keys.Reserve(static_cast<int64_t>(rows.size())));
  RETURN_NOT_OK(keys.ReserveData(static_cast<int64_t>(rows.size() * sizeof(uint64_t))));
  for (const JoinedRow& row : rows) {
    places.push_back(piece.places[row.left]);
    keys.UnsafeAppend(PlaceKey(places.back()));
  }
  std::shared_ptr<arrow::BinaryArray> sorted;
  RETURN_NOT_OK(keys.Finish(&sorted));
  const auto count = static_cast<int64_t>(rows.size());
  ARROW_ASSIGN_OR_RAISE(auto columns, columns_.RightCells(right.batches, rows));
  columns.insert(columns.begin(), ArrayOf(std::move(places)));
  const auto found = arrow::RecordBatch::Make(found_->schema(), count, std::move(columns));
  found_bytes_ += BatchBytes(*found);
  const int64_t index = next_++;
  unit_batches_[unit].push_back(index);
  RETURN_NOT_OK(order_->Put(index, InOrder(std::move(sorted))));
  return found_->Put(index, found);
}

}  // namespace

Result<SpilledJoin> JoinSpilled(LeftSide left, std::shared_ptr<const BatchStore> right,
                                const JoinColumns& columns, bool unique_right, RunContext& run) {
  Joiner joiner(columns, unique_right, run);
  SpilledJoin join;
  RETURN_NOT_OK(joiner.DealRight(std::move(right)));
  const bool keep = left.keys == nullptr;
  ARROW_ASSIGN_OR_RAISE(join.rows_in, joiner.DealLeft(keep ? *left.rows : *left.keys, keep));
  if (keep) left.rows.reset();
  left.keys.reset();
  RETURN_NOT_OK(joiner.Join());
  join.rows_out = joiner.rows();
  ARROW_ASSIGN_OR_RAISE(join.rows, joiner.Open(std::move(left.rows), join.rows_in));
  return join;
}

}  // namespace tideway::dataset
