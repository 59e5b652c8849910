#include "core/dataset/op/distinct.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <atomic>
#include <bit>
#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/key_table.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// A bit for each row of each batch, set by any worker.
class RowMarks {
 public:
  explicit RowMarks(std::shared_ptr<MemoryBudget> budget) : memory_(std::move(budget), 16 << 20) {}

  Status Resize(const BatchStore& rows) {
    for (int64_t index = 0; index < rows.batches(); ++index) {
      const auto words = static_cast<size_t>(rows.batch_rows(index) + 63) / 64;
      if (!memory_.TryReserve(static_cast<int64_t>(words * 8))) {
        return memory_.Exhausted("distinct: a bit for each row").Hint("raise --memory");
      }
      words_.emplace_back(words);
    }
    return Status::OK();
  }
  void Mark(uint32_t batch, uint32_t row) {
    std::atomic_ref(words_[batch][row / 64])
        .fetch_or(uint64_t{1} << (row % 64), std::memory_order_relaxed);
  }
  // Of the first `rows` rows of a batch. The marks must outlive it.
  arrow::BooleanArray Of(int64_t batch, int64_t rows) const {
    static_assert(std::endian::native == std::endian::little);
    return {rows, arrow::Buffer::Wrap(words_[static_cast<size_t>(batch)])};
  }

 private:
  HeldMemory memory_;
  std::vector<std::vector<uint64_t>> words_;
};

// The marked rows of a store, in order.
class MarkedRows : public Stream {
 public:
  MarkedRows(std::shared_ptr<const BatchStore> rows, std::unique_ptr<const RowMarks> marks)
      : rows_(std::move(rows)), marks_(std::move(marks)) {}
  const SchemaPtr& schema() const override { return rows_->schema(); }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(rows_->batches());
  }
  Result<Morsel> Next() override {
    if (next_ == rows_->batches()) return Morsel();
    return Morsel([this, index = next_++](Worker&) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, rows_->Read(index));
      return FilterRows(batch, marks_->Of(index, batch->num_rows()));
    });
  }

 private:
  const std::shared_ptr<const BatchStore> rows_;
  const std::unique_ptr<const RowMarks> marks_;
  int64_t next_ = 0;
};

// The rows with a key that no earlier one of the batch has.
std::vector<uint32_t> NewRows(const arrow::BinaryArray& keys) {
  KeyTable table;
  std::vector<uint32_t> rows;
  for (int64_t row = 0; row < keys.length(); ++row) {
    const std::string_view key = keys.GetView(row);
    if (table.Add(KeyPartitions::HashOf(key), key).is_new)
      rows.push_back(static_cast<uint32_t>(row));
  }
  return rows;
}

// Positions in a batch, as the rows that KeyPartitions deals out.
const SchemaPtr& RowSchema() {
  static const SchemaPtr schema = arrow::schema({arrow::field("row", arrow::uint32())});
  return schema;
}

BatchPtr RowsBatch(const std::vector<uint32_t>& rows) {
  const auto count = static_cast<int64_t>(rows.size());
  return arrow::RecordBatch::Make(
      RowSchema(), count,
      {std::make_shared<arrow::UInt32Array>(count, arrow::Buffer::FromVector(rows))});
}

class Distinct : public Node {
 public:
  Distinct(NodePtr input, std::vector<std::string> columns)
      : Node({std::move(input)}), columns_(std::move(columns)) {}
  std::string_view op() const override { return "distinct"; }
  std::string Describe() const override { return JoinNames(columns_); }
  Result<std::string> Identity(RunContext&) const override { return IdentityText(columns_); }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr input, inputs()[0]->schema(run));
    RETURN_NOT_OK(Keys(*input).status());
    return input;
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override;

 private:
  Result<RowKeys> Keys(const arrow::Schema& schema) const {
    std::vector<SortKey> keys;
    for (const auto& name : columns_.empty() ? ColumnNames(schema) : columns_) {
      keys.push_back({.column = name});
    }
    return RowKeys::Make(schema, keys, op());
  }

  const std::vector<std::string> columns_;
};

// Marks the first row of each key in one unit; adds how many there are.
Status MarkFirst(const KeyPartitions& partitions, size_t unit, RowMarks& marks,
                 std::atomic<int64_t>& marked) {
  ARROW_ASSIGN_OR_RAISE(const auto pieces, partitions.Read(unit));
  KeyTable table;
  for (const KeyPartitions::Piece& piece : pieces) {
    const auto& rows = static_cast<const arrow::UInt32Array&>(*piece.rows->column(0));
    for (int64_t i = 0; i < rows.length(); ++i) {
      const std::string_view key = piece.keys->GetView(i);
      if (!table.Add(KeyPartitions::HashOf(key), key).is_new) continue;
      marks.Mark(static_cast<uint32_t>(piece.batch), rows.Value(i));
    }
  }
  marked += static_cast<int64_t>(table.size());
  return Status::OK();
}

Result<std::unique_ptr<Stream>> Distinct::Open(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(const RowKeys keys, Keys(*input->schema()));
  ARROW_ASSIGN_OR_RAISE(auto rows, BatchStore::Create(input->schema(), run));
  ARROW_ASSIGN_OR_RAISE(const auto partitions, KeyPartitions::Create(RowSchema(), run));
  RETURN_NOT_OK(ForEachBatch(
      *input,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(*batch));
        const auto new_rows = NewRows(*encoded);
        RETURN_NOT_OK(partitions->Put(index, *encoded, new_rows, RowsBatch(new_rows)));
        return rows->Put(index, batch);
      },
      run, op()));
  rows->Seal();
  partitions->Seal(run.batch_bytes());
  auto marks = std::make_unique<RowMarks>(run.shared_budget());
  RETURN_NOT_OK(marks->Resize(*rows));
  std::atomic<int64_t> marked = 0;
  RETURN_NOT_OK(ForEachNumber(
      partitions->units(),
      [&](size_t unit) { return MarkFirst(*partitions, unit, *marks, marked); }, run));
  run.Count({.step = StepOf(*this),
             .rows_in = rows->rows(),
             .rows_out = marked,
             .dropped = {{"duplicate", rows->rows() - marked}}});
  return std::make_unique<MarkedRows>(std::move(rows), std::move(marks));
}

}  // namespace

NodePtr MakeDistinct(NodePtr input, std::vector<std::string> columns) {
  return std::make_shared<Distinct>(std::move(input), std::move(columns));
}

}  // namespace tideway::dataset
