#include "core/dataset/op/spilled_join.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <utility>

#include "core/dataset/byte_count.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/sort_rows.h"
#include "core/dataset/op/sortable_bits.h"
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
arrow::FieldVector OrderFields() {
  return {arrow::field("position", arrow::uint64()), arrow::field("match", arrow::uint64())};
}

SchemaPtr WithFields(const SchemaPtr& schema, const arrow::FieldVector& more) {
  auto fields = schema->fields();
  fields.insert(fields.end(), more.begin(), more.end());
  return arrow::schema(std::move(fields));
}

// Without its last columns, which say where the rows belong.
Result<BatchPtr> WithoutLast(const BatchPtr& batch, int count, const SchemaPtr& schema) {
  auto columns = batch->columns();
  columns.resize(columns.size() - static_cast<size_t>(count));
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

class OrderedRows : public Stream {
 public:
  OrderedRows(std::unique_ptr<Stream> rows, SchemaPtr schema)
      : rows_(std::move(rows)), schema_(std::move(schema)) {}
  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return rows_->Share(); }
  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(Morsel rows, rows_->Next());
    if (!rows) return rows;
    return Morsel([this, rows = std::move(rows)](Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, rows(worker));
      return WithoutLast(batch, 2, schema_);
    });
  }

 private:
  const std::unique_ptr<Stream> rows_;
  const SchemaPtr schema_;
};

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
    ARROW_ASSIGN_OR_RAISE(joined_,
                          BatchStore::Create(WithFields(columns_.schema(), OrderFields()), run_));
    RETURN_NOT_OK(ForEachNumber(
        right_->units(), [this](size_t unit) { return JoinUnit(unit); }, run_, "join"));
    joined_->Seal();
    const auto unordered = std::exchange(joined_, nullptr)->OpenStream();
    return SortRows(
        *unordered, [](const arrow::RecordBatch& batch, int64_t) { return OrderKeys(batch); }, run_,
        "join: order");
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
    for (const auto& piece : left) {
      RETURN_NOT_OK(JoinPiece(piece, table, batches, right_row_bytes));
    }
    return Status::OK();
  }

  // The null keys among those dealt out on the left match nothing: on the right there are none.
  Status JoinPiece(const KeyPartitions::Piece& piece, const JoinTable& table,
                   std::span<const BatchPtr> right, int64_t right_row_bytes) {
    const RowRef no_match{static_cast<uint32_t>(right.size() - 1), 0};
    const JoinKeys keys{piece.keys, {}};
    const int64_t count = piece.rows->num_rows();
    const int64_t row_bytes = right_row_bytes + BatchBytes(*piece.rows) / count + 1;
    const auto most_rows = static_cast<size_t>(
        std::max<int64_t>(1, std::min(run_.batch_rows(), run_.batch_bytes() / row_bytes)));
    std::vector<JoinedRow> rows;
    uint64_t match = 0;
    for (int64_t row = 0; row < count; ++row) {
      columns_.Match(keys, row, row + 1, table, no_match, rows);
      if (rows.size() < most_rows && row + 1 < count) continue;
      for (size_t from = 0; from < rows.size(); from += most_rows) {
        const auto some = std::span(rows).subspan(from, std::min(most_rows, rows.size() - from));
        RETURN_NOT_OK(Put(piece.rows, right, some, match));
      }
      rows.clear();
    }
    return Status::OK();
  }

  // `match` numbers the rows, so that those of one left row stay in their order.
  Status Put(const BatchPtr& placed, std::span<const BatchPtr> right,
             std::span<const JoinedRow> rows, uint64_t& match) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr left, WithoutLast(placed, 1, left_schema_));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr output, columns_.Output(left, right, rows));
    const auto& placed_at =
        static_cast<const arrow::UInt64Array&>(*placed->column(placed->num_columns() - 1));
    std::vector<uint64_t> positions, matches;
    for (const JoinedRow& row : rows) {
      positions.push_back(placed_at.Value(row.left));
      matches.push_back(match++);
    }
    ARROW_ASSIGN_OR_RAISE(const BatchPtr ordered, WithColumns(output, OrderFields(),
                                                              {UInt64s(std::move(positions)),
                                                               UInt64s(std::move(matches))}));
    return joined_->Put(next_++, ordered);
  }

  static Result<std::shared_ptr<arrow::BinaryArray>> OrderKeys(const arrow::RecordBatch& batch) {
    const int last = batch.num_columns() - 1;
    const auto& positions = static_cast<const arrow::UInt64Array&>(*batch.column(last - 1));
    const auto& matches = static_cast<const arrow::UInt64Array&>(*batch.column(last));
    arrow::BinaryBuilder keys;
    RETURN_NOT_OK(keys.Reserve(batch.num_rows()));
    RETURN_NOT_OK(keys.ReserveData(batch.num_rows() * 16));
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      uint8_t key[16];
      PutBigEndian(positions.Value(row), key);
      PutBigEndian(matches.Value(row), key + 8);
      keys.UnsafeAppend(key, sizeof key);
    }
    std::shared_ptr<arrow::BinaryArray> array;
    RETURN_NOT_OK(keys.Finish(&array));
    return array;
  }

  const JoinColumns& columns_;
  const bool unique_right_;
  RunContext& run_;
  SchemaPtr left_schema_;
  SchemaPtr right_schema_;
  std::unique_ptr<KeyPartitions> left_;
  std::unique_ptr<KeyPartitions> right_;
  std::shared_ptr<BatchStore> joined_;
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
  join.rows = std::make_unique<OrderedRows>(std::move(sorted.stream), columns.schema());
  return join;
}

}  // namespace tideway::dataset
