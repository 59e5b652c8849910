#include "core/dataset/op/distinct.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/group_rows.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/key_table.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/row_marks.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

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
  // Its number must not make a row another one.
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
    const Distinct like_this(Numbered(inputs()[0], kRowNumber),
                             columns_.empty() ? ColumnNames(*input) : columns_);
    return OriginByNumber(like_this, row, run);
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
  ARROW_ASSIGN_OR_RAISE(const auto partitions,
                        KeyPartitions::Create(RowNumberSchema(), LongKeys::kDigests, run));
  RETURN_NOT_OK(ForEachBatch(
      *input,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(*batch));
        const auto new_rows = GroupRows(*encoded).first_rows;
        RETURN_NOT_OK(partitions->Put(index, *encoded, new_rows, RowNumbers(new_rows)));
        return rows->Put(index, batch);
      },
      run, op()));
  rows->Seal();
  partitions->Seal(run.batch_bytes());
  ARROW_ASSIGN_OR_RAISE(auto marks, RowMarks::Create(*rows, op(), run));
  std::atomic<int64_t> marked = 0;
  RETURN_NOT_OK(ForEachNumber(
      partitions->units(),
      [&](size_t unit) { return MarkFirst(*partitions, unit, *marks, marked); }, run));
  run.Count({.step = StepOf(*this),
             .rows_in = rows->rows(),
             .rows_out = marked,
             .dropped = {{"duplicate", rows->rows() - marked}}});
  return OpenMarked(std::move(rows), std::move(marks));
}

}  // namespace

NodePtr MakeDistinct(NodePtr input, std::vector<std::string> columns) {
  return std::make_shared<Distinct>(std::move(input), std::move(columns));
}

}  // namespace tideway::dataset
