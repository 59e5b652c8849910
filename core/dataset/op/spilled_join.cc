#include "core/dataset/op/spilled_join.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <utility>

#include "core/dataset/byte_count.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/key_order.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/sort_rows.h"
#include "core/dataset/op/sortable_bits.h"
#include "core/dataset/op/sorted_runs.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

std::shared_ptr<arrow::Array> UInt64s(std::vector<uint64_t> values) {
  const auto count = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::UInt64Array>(count, arrow::Buffer::FromVector(std::move(values)));
}

Result<BatchPtr> WithColumns(const BatchPtr& batch, arrow::FieldVector fields,
                             arrow::ArrayVector columns) {
  auto all_fields = batch->schema()->fields();
  auto all_columns = batch->columns();
  all_fields.insert(all_fields.end(), fields.begin(), fields.end());
  all_columns.insert(all_columns.end(), columns.begin(), columns.end());
  return arrow::RecordBatch::Make(arrow::schema(all_fields), batch->num_rows(), all_columns);
}

arrow::FieldVector PositionField() { return {arrow::field("position", arrow::uint64())}; }

SchemaPtr WithFields(const SchemaPtr& schema, const arrow::FieldVector& more) {
  auto fields = schema->fields();
  fields.insert(fields.end(), more.begin(), more.end());
  return arrow::schema(std::move(fields));
}

// Without its last column, which says where the rows belong.
Result<BatchPtr> WithoutLast(const BatchPtr& batch, const SchemaPtr& schema) {
  auto columns = batch->columns();
  columns.pop_back();
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

const arrow::UInt64Array& PositionsOf(const arrow::RecordBatch& placed) {
  return static_cast<const arrow::UInt64Array&>(*placed.column(placed.num_columns() - 1));
}

struct PlacedRow {
  KeyPrefix prefix;  // the position
  int64_t row;
};
// The rows of a piece, which are by partition, by their positions.
std::vector<PlacedRow> InOrderOfLeft(const arrow::RecordBatch& placed) {
  std::vector<PlacedRow> rows;
  rows.reserve(static_cast<size_t>(placed.num_rows()));
  const arrow::UInt64Array& positions = PositionsOf(placed);
  for (int64_t row = 0; row < placed.num_rows(); ++row) {
    rows.push_back({{.high = positions.Value(row)}, row});
  }
  SortByPrefix(rows);
  return rows;
}

class Joiner {
 public:
  Joiner(const JoinColumns& columns, bool unique_right, RunContext& run)
      : columns_(columns), unique_right_(unique_right), run_(run) {}

  Status DealRight(std::shared_ptr<const BatchStore> right) {
    right_schema_ = right->schema();
    ARROW_ASSIGN_OR_RAISE(right_, KeyPartitions::Create(right_schema_, run_));
    const auto stream = right->OpenStream();
    right.reset();
    RETURN_NOT_OK(ForEachBatch(
        *stream,
        [this](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
          ARROW_ASSIGN_OR_RAISE(const JoinKeys keys, columns_.RightKeys(*batch));
          const auto numbers = keys.RowsWithKeys();
          std::vector<RowRef> rows;
          for (const uint32_t row : numbers) rows.push_back({0, row});
          ARROW_ASSIGN_OR_RAISE(const BatchPtr kept, GatherRows(right_schema_, {&batch, 1}, rows));
          return right_->Put(index, *keys.keys, numbers, kept);
        },
        run_, "join: right"));
    right_->Seal(run_.batch_bytes());
    return Status::OK();
  }

  // Gives the number of rows.
  Result<int64_t> DealLeft(Stream& left) {
    left_schema_ = left.schema();
    ARROW_ASSIGN_OR_RAISE(left_,
                          KeyPartitions::Create(WithFields(left_schema_, PositionField()), run_));
    RETURN_NOT_OK(ForEachBatch(
        left,
        [this](int64_t index, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
          ARROW_ASSIGN_OR_RAISE(const JoinKeys keys, columns_.LeftKeys(*batch));
          const auto rows = static_cast<size_t>(batch->num_rows());
          std::vector<uint64_t> positions(rows);
          std::iota(positions.begin(), positions.end(), static_cast<uint64_t>(first_row));
          std::vector<uint32_t> numbers(rows);
          std::iota(numbers.begin(), numbers.end(), 0U);
          ARROW_ASSIGN_OR_RAISE(
              const BatchPtr placed,
              WithColumns(batch, PositionField(), {UInt64s(std::move(positions))}));
          return left_->Put(index, *keys.keys, numbers, placed);
        },
        run_, "join: left"));
    left_->SealAs(*right_);
    return left_->rows();
  }

  Result<SortedRows> Join() {
    ARROW_ASSIGN_OR_RAISE(joined_, BatchStore::Create(columns_.schema(), run_));
    ARROW_ASSIGN_OR_RAISE(order_, BatchStore::Create(KeyRowSchema(), run_));
    unit_batches_.resize(right_->units());
    RETURN_NOT_OK(ForEachNumber(
        right_->units(), [this](size_t unit) { return JoinUnit(unit); }, run_, "join"));
    joined_->Seal();
    order_->Seal();
    left_.reset();
    right_.reset();
    auto runs = std::make_shared<SortedRuns>(columns_.schema());
    for (auto& batches : unit_batches_) {
      RETURN_NOT_OK(runs->Add({joined_, order_, std::move(batches)}));
    }
    RETURN_NOT_OK(runs->Cut(run_.batch_bytes()));
    const int64_t rows = runs->rows();
    return SortedRows{OpenRuns(std::move(runs)), rows};
  }

 private:
  Status JoinUnit(size_t unit) {
    ARROW_ASSIGN_OR_RAISE(const auto right, right_->Read(unit));
    const size_t rows = KeyPartitions::RowsOf(right);
    JoinTable table(rows);
    std::vector<BatchPtr> batches;
    int64_t bytes = 0;
    for (const auto& piece : right) {
      const auto batch = static_cast<uint32_t>(batches.size());
      for (int64_t row = 0; row < piece.rows->num_rows(); ++row) {
        table.Add(piece.keys->GetView(row), {batch, static_cast<uint32_t>(row)});
      }
      batches.push_back(piece.rows);
      bytes += BatchBytes(*piece.rows);
    }
    table.Seal();
    if (const auto repeated = table.FirstRepeated(); unique_right_ && !repeated.empty()) {
      return columns_.Repeated(*batches[repeated[0].batch], repeated[0].row);
    }
    ARROW_ASSIGN_OR_RAISE(batches.emplace_back(), columns_.NoMatch());
    const int64_t right_row_bytes = rows == 0 ? 0 : bytes / static_cast<int64_t>(rows);
    ARROW_ASSIGN_OR_RAISE(const auto left, left_->Read(unit));
    for (std::span<const KeyPartitions::Piece> rest(left); !rest.empty();) {
      const size_t count = PiecesAtOnce(rest);
      ARROW_ASSIGN_OR_RAISE(const auto piece, AsOne(rest.first(count)));
      RETURN_NOT_OK(JoinPiece(unit, piece, table, batches, right_row_bytes));
      rest = rest.subspan(count);
    }
    return Status::OK();
  }

  // How many of the pieces make up a batch: one has few of a batch's rows, for there are many
  // units.
  size_t PiecesAtOnce(std::span<const KeyPartitions::Piece> pieces) const {
    int64_t rows = 0, bytes = 0;
    size_t count = 0;
    for (; count < pieces.size(); ++count) {
      rows += pieces[count].rows->num_rows();
      bytes += BatchBytes(*pieces[count].rows);
      if (count > 0 && (rows > run_.batch_rows() || bytes > run_.batch_bytes())) break;
    }
    return count;
  }

  static Result<KeyPartitions::Piece> AsOne(std::span<const KeyPartitions::Piece> pieces) {
    if (pieces.size() == 1) return pieces[0];
    std::vector<BatchPtr> rows;
    arrow::ArrayVector keys;
    for (const KeyPartitions::Piece& piece : pieces) {
      rows.push_back(piece.rows);
      keys.push_back(piece.keys);
    }
    KeyPartitions::Piece whole{pieces[0].batch, nullptr, nullptr};
    ARROW_ASSIGN_OR_RAISE(whole.rows, arrow::ConcatenateRecordBatches(rows));
    ARROW_ASSIGN_OR_RAISE(const auto all_keys, arrow::Concatenate(keys));
    whole.keys = std::static_pointer_cast<arrow::BinaryArray>(all_keys);
    return whole;
  }

  // The null keys among those dealt out on the left match nothing: on the right there are none.
  Status JoinPiece(size_t unit, const KeyPartitions::Piece& piece, const JoinTable& table,
                   std::span<const BatchPtr> right, int64_t right_row_bytes) {
    const RowRef no_match{static_cast<uint32_t>(right.size() - 1), 0};
    const JoinKeys keys{piece.keys, {}};
    const int64_t count = piece.rows->num_rows();
    const int64_t row_bytes = right_row_bytes + BatchBytes(*piece.rows) / count + 1;
    const auto most_rows = static_cast<size_t>(
        std::max<int64_t>(1, std::min(run_.batch_rows(), run_.batch_bytes() / row_bytes)));
    std::vector<JoinedRow> rows;
    for (const PlacedRow& placed : InOrderOfLeft(*piece.rows)) {
      columns_.Match(keys, placed.row, placed.row + 1, table, no_match, rows);
      if (rows.size() < most_rows) continue;
      for (size_t from = 0; from < rows.size(); from += most_rows) {
        const auto some = std::span(rows).subspan(from, std::min(most_rows, rows.size() - from));
        RETURN_NOT_OK(Put(unit, piece.rows, right, some));
      }
      rows.clear();
    }
    return rows.empty() ? Status::OK() : Put(unit, piece.rows, right, rows);
  }

  Status Put(size_t unit, const BatchPtr& placed, std::span<const BatchPtr> right,
             std::span<const JoinedRow> rows) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr left, WithoutLast(placed, left_schema_));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr output, columns_.Output(left, right, rows));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr order, OrderOfLeft(PositionsOf(*placed), rows));
    const int64_t index = next_++;
    unit_batches_[unit].push_back(index);
    RETURN_NOT_OK(order_->Put(index, order));
    return joined_->Put(index, output);
  }

  // A run is in the order of the left, and all rows of a left row are in one.
  static Result<BatchPtr> OrderOfLeft(const arrow::UInt64Array& positions,
                                      std::span<const JoinedRow> rows) {
    arrow::BinaryBuilder keys;
    RETURN_NOT_OK(keys.Reserve(static_cast<int64_t>(rows.size())));
    RETURN_NOT_OK(keys.ReserveData(static_cast<int64_t>(rows.size() * sizeof(uint64_t))));
    for (const JoinedRow& row : rows) {
      uint8_t key[sizeof(uint64_t)];
      PutBigEndian(positions.Value(row.left), key);
      keys.UnsafeAppend(key, sizeof key);
    }
    std::shared_ptr<arrow::BinaryArray> array;
    RETURN_NOT_OK(keys.Finish(&array));
    return InOrder(std::move(array));
  }

  const JoinColumns& columns_;
  const bool unique_right_;
  RunContext& run_;
  SchemaPtr left_schema_;
  SchemaPtr right_schema_;
  std::unique_ptr<KeyPartitions> left_;
  std::unique_ptr<KeyPartitions> right_;
  std::shared_ptr<BatchStore> joined_;
  std::shared_ptr<BatchStore> order_;               // of the batches of `joined_`
  std::vector<std::vector<int64_t>> unit_batches_;  // of `joined_`, by unit
  std::atomic<int64_t> next_ = 0;
};

}  // namespace

Result<SpilledJoin> JoinSpilled(Stream& left, std::shared_ptr<const BatchStore> right,
                                const JoinColumns& columns, bool unique_right, RunContext& run) {
  Joiner joiner(columns, unique_right, run);
  SpilledJoin join;
  RETURN_NOT_OK(joiner.DealRight(std::move(right)));
  ARROW_ASSIGN_OR_RAISE(join.rows_in, joiner.DealLeft(left));
  ARROW_ASSIGN_OR_RAISE(SortedRows sorted, joiner.Join());
  join.rows_out = sorted.rows;
  join.rows = std::move(sorted.stream);
  return join;
}

}  // namespace tideway::dataset
