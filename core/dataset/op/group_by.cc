#include "core/dataset/op/group_by.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/gather.h"
#include "core/dataset/op/group_rows.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/sort_rows.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

std::vector<SortKey> KeysOn(const std::vector<std::string>& columns) {
  std::vector<SortKey> keys;
  for (const std::string& column : columns) keys.push_back({.column = column});
  return keys;
}

// Aggregates bound to the columns of an input.
class Grouping {
 public:
  static Result<Grouping> Make(const arrow::Schema& input, const std::vector<std::string>& keys,
                               const std::vector<Aggregate>& aggregates);

  const SchemaPtr& partial_schema() const { return partial_schema_; }
  const SchemaPtr& result_schema() const { return result_schema_; }
  Result<std::shared_ptr<arrow::BinaryArray>> EncodeInput(const arrow::RecordBatch& batch) const {
    return input_keys_.Encode(batch);
  }
  Result<std::shared_ptr<arrow::BinaryArray>> EncodeResult(const arrow::RecordBatch& batch) const {
    return result_keys_.Encode(batch);
  }
  // The key columns and partial results of the groups of a batch.
  Result<BatchPtr> Partial(const BatchPtr& batch, const Grouped& grouped) const;
  // The results of rows that Partial gave.
  Result<BatchPtr> Merge(const BatchPtr& partials, const Grouped& grouped) const;

 private:
  Grouping(RowKeys input_keys, RowKeys result_keys)
      : input_keys_(std::move(input_keys)), result_keys_(std::move(result_keys)) {}
  static Result<Arrays> FirstCells(const BatchPtr& batch, const std::vector<int>& columns,
                                   const Grouped& grouped);

  struct Bound {
    int column;  // -1 for the number of rows
    std::shared_ptr<const Aggregator> aggregator;
  };
  RowKeys input_keys_;
  RowKeys result_keys_;
  std::vector<int> key_columns_;
  std::vector<Bound> bound_;
  SchemaPtr partial_schema_;
  SchemaPtr result_schema_;
};

Result<Grouping> Grouping::Make(const arrow::Schema& input, const std::vector<std::string>& keys,
                                const std::vector<Aggregate>& aggregates) {
  if (aggregates.empty()) {
    return Error(ErrorKind::kUsage, "group_by: nothing to compute")
        .Hint(
            "name a column and what it holds: { n = \"count\", total = { sum = \"stars\" } }; "
            "distinct gives each key once");
  }
  ARROW_ASSIGN_OR_RAISE(RowKeys input_keys, RowKeys::Make(input, KeysOn(keys), "group_by"));
  arrow::FieldVector partial, result;
  std::set<std::string> names;
  std::vector<int> key_columns;
  for (const std::string& key : keys) {
    ARROW_ASSIGN_OR_RAISE(key_columns.emplace_back(), ColumnIndex(input, key, "group_by"));
    result.push_back(input.field(key_columns.back()));
    names.insert(key);
  }
  partial = result;
  std::vector<Bound> bound;
  for (const Aggregate& aggregate : aggregates) {
    if (!names.insert(aggregate.name).second) {
      return Error(ErrorKind::kUsage,
                   "group_by: two columns would be named `" + aggregate.name + "`");
    }
    int column = -1;
    auto type = arrow::null();
    if (!aggregate.column.empty()) {
      ARROW_ASSIGN_OR_RAISE(column, ColumnIndex(input, aggregate.column, "group_by"));
      type = input.field(column)->type();
    }
    ARROW_ASSIGN_OR_RAISE(auto aggregator, Aggregator::Make(aggregate, type));
    partial.push_back(arrow::field(aggregate.name, aggregator->partial_type()));
    result.push_back(arrow::field(aggregate.name, aggregator->result_type()));
    bound.push_back({column, std::move(aggregator)});
  }
  const SchemaPtr result_schema = arrow::schema(std::move(result));
  ARROW_ASSIGN_OR_RAISE(RowKeys result_keys,
                        RowKeys::Make(*result_schema, KeysOn(keys), "group_by"));
  Grouping grouping(std::move(input_keys), std::move(result_keys));
  grouping.key_columns_ = std::move(key_columns);
  grouping.bound_ = std::move(bound);
  grouping.partial_schema_ = arrow::schema(std::move(partial));
  grouping.result_schema_ = result_schema;
  return grouping;
}

Result<Arrays> Grouping::FirstCells(const BatchPtr& batch, const std::vector<int>& columns,
                                    const Grouped& grouped) {
  ARROW_ASSIGN_OR_RAISE(const BatchPtr keys, batch->SelectColumns(columns));
  std::vector<RowRef> rows;
  for (const uint32_t row : grouped.first_rows) rows.push_back({0, row});
  ARROW_ASSIGN_OR_RAISE(const BatchPtr first, GatherRows(keys->schema(), {&keys, 1}, rows));
  return first->columns();
}

Result<BatchPtr> Grouping::Partial(const BatchPtr& batch, const Grouped& grouped) const {
  ARROW_ASSIGN_OR_RAISE(Arrays columns, FirstCells(batch, key_columns_, grouped));
  const size_t count = grouped.first_rows.size();
  for (const Bound& bound : bound_) {
    const auto cells = bound.column < 0 ? nullptr : batch->column(bound.column);
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                          bound.aggregator->Partial(cells, grouped.groups, count));
  }
  return arrow::RecordBatch::Make(partial_schema_, static_cast<int64_t>(count), std::move(columns));
}

Result<BatchPtr> Grouping::Merge(const BatchPtr& partials, const Grouped& grouped) const {
  std::vector<int> key_columns(key_columns_.size());
  std::iota(key_columns.begin(), key_columns.end(), 0);
  ARROW_ASSIGN_OR_RAISE(Arrays columns, FirstCells(partials, key_columns, grouped));
  // Of no rows there is one group, when it has no keys.
  const size_t count = std::max(grouped.first_rows.size(), size_t{key_columns_.empty()});
  for (const Bound& bound : bound_) {
    const auto& cells = partials->column(static_cast<int>(columns.size()));
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                          bound.aggregator->Merge(cells, grouped.groups, count));
  }
  return arrow::RecordBatch::Make(result_schema_, static_cast<int64_t>(count), std::move(columns));
}

class GroupBy : public Node {
 public:
  GroupBy(NodePtr input, std::vector<std::string> keys, std::vector<Aggregate> aggregates)
      : Node({std::move(input)}), keys_(std::move(keys)), aggregates_(std::move(aggregates)) {}
  std::string_view op() const override { return "group_by"; }
  std::string Describe() const override {
    std::vector<std::string> made;
    for (const Aggregate& aggregate : aggregates_) {
      made.push_back(
          fmt::format("{} = {}({})", aggregate.name, KindName(aggregate.kind), aggregate.column));
    }
    return JoinNames(keys_) + (keys_.empty() ? "" : ": ") + JoinNames(made);
  }
  Result<std::string> Identity(RunContext&) const override {
    auto made = nlohmann::json::array();
    for (const Aggregate& aggregate : aggregates_) {
      made.push_back({aggregate.name, KindName(aggregate.kind), aggregate.column});
    }
    return IdentityText({keys_, made});
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
    ARROW_ASSIGN_OR_RAISE(const Grouping grouping, Grouping::Make(*input, keys_, aggregates_));
    return grouping.result_schema();
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override;

 private:
  const std::vector<std::string> keys_;
  const std::vector<Aggregate> aggregates_;
};

// The groups of one unit.
Result<BatchPtr> MergeUnit(const KeyPartitions& partitions, size_t unit, const Grouping& grouping) {
  ARROW_ASSIGN_OR_RAISE(const auto pieces, partitions.Read(unit));
  std::vector<BatchPtr> rows;
  arrow::ArrayVector keys;
  for (const KeyPartitions::Piece& piece : pieces) {
    rows.push_back(piece.rows);
    keys.push_back(piece.keys);
  }
  if (pieces.empty()) {
    ARROW_ASSIGN_OR_RAISE(rows.emplace_back(),
                          arrow::RecordBatch::MakeEmpty(grouping.partial_schema()));
    return grouping.Merge(rows[0], {});
  }
  ARROW_ASSIGN_OR_RAISE(const auto all_keys, arrow::Concatenate(keys));
  ARROW_ASSIGN_OR_RAISE(const BatchPtr partials, arrow::ConcatenateRecordBatches(rows));
  return grouping.Merge(partials, GroupRows(static_cast<const arrow::BinaryArray&>(*all_keys)));
}

Result<std::unique_ptr<Stream>> GroupBy::Open(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(const Grouping grouping,
                        Grouping::Make(*input->schema(), keys_, aggregates_));
  ARROW_ASSIGN_OR_RAISE(const auto partitions,
                        KeyPartitions::Create(grouping.partial_schema(), run));
  std::atomic<int64_t> rows_in = 0;
  RETURN_NOT_OK(ForEachBatch(
      *input,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const auto keys, grouping.EncodeInput(*batch));
        const Grouped grouped = GroupRows(*keys);
        ARROW_ASSIGN_OR_RAISE(const BatchPtr partial, grouping.Partial(batch, grouped));
        rows_in += batch->num_rows();
        return partitions->Put(index, *keys, grouped.first_rows, partial);
      },
      run, op()));
  partitions->Seal(run.batch_bytes());
  ARROW_ASSIGN_OR_RAISE(const auto results, BatchStore::Create(grouping.result_schema(), run));
  RETURN_NOT_OK(ForEachNumber(
      partitions->units(),
      [&](size_t unit) -> Status {
        ARROW_ASSIGN_OR_RAISE(const BatchPtr merged, MergeUnit(*partitions, unit, grouping));
        return results->Put(static_cast<int64_t>(unit), merged);
      },
      run, "group_by: merge"));
  results->Seal();
  run.Count({.step = StepOf(*this), .rows_in = rows_in, .rows_out = results->rows()});
  const auto unordered = results->OpenStream();
  const KeysOf keys_of = [&grouping](const arrow::RecordBatch& batch, int64_t) {
    return grouping.EncodeResult(batch);
  };
  ARROW_ASSIGN_OR_RAISE(SortedRows sorted, SortRows(*unordered, keys_of, run, "group_by: order"));
  return std::move(sorted.stream);
}

}  // namespace

NodePtr MakeGroupBy(NodePtr input, std::vector<std::string> keys,
                    std::vector<Aggregate> aggregates) {
  std::set<std::string> columns(keys.begin(), keys.end());
  for (const Aggregate& aggregate : aggregates) {
    if (!aggregate.column.empty()) columns.insert(aggregate.column);
  }
  input = Narrowed(std::move(input), {columns.begin(), columns.end()});
  return std::make_shared<GroupBy>(std::move(input), std::move(keys), std::move(aggregates));
}

}  // namespace tideway::dataset
