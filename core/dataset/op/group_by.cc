#include "core/dataset/op/group_by.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <mutex>
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
#include "core/dataset/op/key_words.h"
#include "core/dataset/op/larger_batches.h"
#include "core/dataset/op/quantile.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/sort_rows.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

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
  const SchemaPtr& merged_schema() const { return merged_schema_; }
  const SchemaPtr& result_schema() const { return result_schema_; }
  Result<std::shared_ptr<arrow::BinaryArray>> EncodeInput(const arrow::RecordBatch& batch) const {
    return input_keys_.Encode(batch);
  }
  // Of rows that Partial or Merge gave.
  Result<std::shared_ptr<arrow::BinaryArray>> EncodeMerged(const arrow::RecordBatch& batch) const {
    return merged_keys_.Encode(batch);
  }
  // Whether keys are words (key_words.h).
  bool has_words() const {
    return key_columns_.size() == 1 && HasKeyWords(*partial_schema_->field(0)->type());
  }
  // REQUIRES: has_words().
  Grouped GroupInput(const arrow::RecordBatch& batch) const {
    return GroupWords(*batch.column(key_columns_[0]));
  }
  Grouped GroupPartials(const arrow::RecordBatch& batch, const arrow::BinaryArray& keys) const {
    return has_words() ? GroupWords(*batch.column(0)) : GroupRows(keys);
  }
  // The key columns and partial results of the groups of a batch.
  Result<BatchPtr> Partial(const BatchPtr& batch, const Grouped& grouped) const;
  // The results of rows that Partial gave; for a quantile the number of its values.
  Result<BatchPtr> Merge(const BatchPtr& partials, const Grouped& grouped) const;

 private:
  Grouping(RowKeys input_keys, RowKeys merged_keys)
      : input_keys_(std::move(input_keys)), merged_keys_(std::move(merged_keys)) {}
  static Result<Arrays> FirstCells(const BatchPtr& batch, const std::vector<int>& columns,
                                   const Grouped& grouped);

  struct Bound {
    int column;  // -1 for the number of rows
    std::shared_ptr<const Aggregator> aggregator;
  };
  RowKeys input_keys_;
  RowKeys merged_keys_;
  std::vector<int> key_columns_;
  std::vector<Bound> bound_;
  SchemaPtr partial_schema_;
  SchemaPtr merged_schema_;
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
  arrow::FieldVector partial, merged, result;
  std::set<std::string> names;
  std::vector<int> key_columns;
  for (const std::string& key : keys) {
    ARROW_ASSIGN_OR_RAISE(key_columns.emplace_back(), ColumnIndex(input, key, "group_by"));
    merged.push_back(input.field(key_columns.back()));
    names.insert(key);
  }
  partial = result = merged;
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
    merged.push_back(arrow::field(aggregate.name, aggregator->result_type()));
    result.push_back(IsQuantile(aggregate) ? arrow::field(aggregate.name, arrow::float64())
                                           : merged.back());
    bound.push_back({column, std::move(aggregator)});
  }
  const SchemaPtr merged_schema = arrow::schema(std::move(merged));
  ARROW_ASSIGN_OR_RAISE(RowKeys merged_keys,
                        RowKeys::Make(*merged_schema, KeysOn(keys), "group_by"));
  Grouping grouping(std::move(input_keys), std::move(merged_keys));
  grouping.key_columns_ = std::move(key_columns);
  grouping.bound_ = std::move(bound);
  grouping.partial_schema_ = arrow::schema(std::move(partial));
  grouping.merged_schema_ = merged_schema;
  grouping.result_schema_ = arrow::schema(std::move(result));
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
  return arrow::RecordBatch::Make(merged_schema_, static_cast<int64_t>(count), std::move(columns));
}

class GroupBy : public Node {
 public:
  GroupBy(NodePtr input, std::vector<std::string> keys, std::vector<Aggregate> aggregates)
      : Node({std::move(input)}), keys_(std::move(keys)), aggregates_(std::move(aggregates)) {}
  std::string_view op() const override { return "group_by"; }
  std::string Describe() const override {
    std::vector<std::string> made;
    for (const Aggregate& aggregate : aggregates_) {
      const bool has_q = aggregate.kind == AggregateKind::kQuantile;
      made.push_back(fmt::format("{} = {}({}{})", aggregate.name, KindName(aggregate.kind),
                                 aggregate.column,
                                 has_q ? fmt::format(", {}", aggregate.q) : std::string()));
    }
    return JoinNames(keys_) + (keys_.empty() ? "" : ": ") + JoinNames(made);
  }
  Result<std::string> Identity(RunContext&) const override {
    auto made = nlohmann::json::array();
    for (const Aggregate& aggregate : aggregates_) {
      made.push_back({aggregate.name, KindName(aggregate.kind), aggregate.column});
      if (aggregate.kind == AggregateKind::kQuantile) made.back().push_back(aggregate.q);
    }
    return IdentityText({keys_, made});
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
    ARROW_ASSIGN_OR_RAISE(const Grouping grouping, Grouping::Make(*input, keys_, aggregates_));
    return grouping.result_schema();
  }
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const override;
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
  const auto& encoded = static_cast<const arrow::BinaryArray&>(*all_keys);
  return grouping.Merge(partials, grouping.GroupPartials(*partials, encoded));
}

// The input's rows on their way into groups: what `make` makes of each batch, by its number.
class MadeStream : public Stream {
 public:
  using Make = std::function<Result<BatchPtr>(int64_t index, const BatchPtr& batch)>;
  MadeStream(Stream& input, SchemaPtr schema, Make make)
      : input_(input), schema_(std::move(schema)), make_(std::move(make)) {}
  const SchemaPtr& schema() const override { return schema_; }
  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(Morsel morsel, input_.Next());
    if (!morsel) return morsel;
    return Morsel([this, morsel, index = next_++](Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, morsel(worker));
      return make_(index, batch);
    });
  }
  std::optional<double> Share() const override { return input_.Share(); }

 private:
  Stream& input_;
  const SchemaPtr schema_;
  const Make make_;
  int64_t next_ = 0;
};

// One execution: the first pass over the input, then the merge of the groups.
class GroupRun {
 public:
  GroupRun(const Grouping& grouping, const arrow::Schema& input, RunContext& run,
           std::unique_ptr<KeyPartitions> partitions)
      : grouping_(grouping), input_(input), run_(run), partitions_(std::move(partitions)) {}

  int64_t rows_in() const { return rows_in_; }
  // Adds all rows of `input`. With quantiles their sorted values are kept.
  Status Read(Stream& input, const std::vector<Aggregate>& aggregates);
  // The groups in the order of their keys.
  Result<SortedRows> Merge();
  std::shared_ptr<BatchStore> values() const { return values_; }

 private:
  struct Keyed {
    std::shared_ptr<arrow::BinaryArray> keys;  // of each row
    int64_t groups;
  };
  Result<Keyed> AddKeyed(int64_t index, const BatchPtr& batch);
  Result<int64_t> AddWords(int64_t index, const BatchPtr& batch);
  Result<int64_t> Add(int64_t index, const BatchPtr& batch);

  const Grouping& grouping_;
  const arrow::Schema& input_;
  RunContext& run_;
  const std::unique_ptr<KeyPartitions> partitions_;
  std::shared_ptr<BatchStore> values_;
  std::atomic<int64_t> rows_in_ = 0;
};

// Adds the groups of a batch, and gives their number.
Result<int64_t> GroupRun::Add(int64_t index, const BatchPtr& batch) {
  if (grouping_.has_words()) return AddWords(index, batch);
  ARROW_ASSIGN_OR_RAISE(const Keyed keyed, AddKeyed(index, batch));
  return keyed.groups;
}

// Only the keys of groups are written as bytes.
Result<int64_t> GroupRun::AddWords(int64_t index, const BatchPtr& batch) {
  const Grouped grouped = grouping_.GroupInput(*batch);
  ARROW_ASSIGN_OR_RAISE(const BatchPtr partial, grouping_.Partial(batch, grouped));
  ARROW_ASSIGN_OR_RAISE(const auto keys, grouping_.EncodeMerged(*partial));
  rows_in_ += batch->num_rows();
  std::vector<uint32_t> numbers(grouped.first_rows.size());
  std::iota(numbers.begin(), numbers.end(), 0U);
  RETURN_NOT_OK(partitions_->Put(index, *keys, numbers, partial));
  return partial->num_rows();
}

Result<GroupRun::Keyed> GroupRun::AddKeyed(int64_t index, const BatchPtr& batch) {
  ARROW_ASSIGN_OR_RAISE(auto keys, grouping_.EncodeInput(*batch));
  const Grouped grouped = GroupRows(*keys);
  ARROW_ASSIGN_OR_RAISE(const BatchPtr partial, grouping_.Partial(batch, grouped));
  rows_in_ += batch->num_rows();
  RETURN_NOT_OK(partitions_->Put(index, *keys, grouped.first_rows, partial));
  return Keyed{std::move(keys), partial->num_rows()};
}

Status GroupRun::Read(Stream& input, const std::vector<Aggregate>& aggregates) {
  if (std::ranges::none_of(aggregates, IsQuantile)) {
    LargerBatches batches(input, run_.batch_bytes(), run_.workers());
    return ForEachBatch(
        batches,
        [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
          ARROW_ASSIGN_OR_RAISE(const int64_t groups, Add(index, batch));
          batches.Grouped(*batch, groups);
          return Status::OK();
        },
        run_, "group_by");
  }
  const QuantileColumns quantiles(aggregates, input_);
  MadeStream values(input, QuantileColumns::ValueSchema(),
                    [&](int64_t index, const BatchPtr& batch) -> Result<BatchPtr> {
                      ARROW_ASSIGN_OR_RAISE(const Keyed keyed, AddKeyed(index, batch));
                      return quantiles.Values(*batch, *keyed.keys);
                    });
  const KeysOf keys_of = [](const arrow::RecordBatch& batch, int64_t) {
    return QuantileColumns::SortKeys(batch);
  };
  ARROW_ASSIGN_OR_RAISE(const SortedRows sorted, SortRows(values, keys_of, run_, "group_by"));
  ARROW_ASSIGN_OR_RAISE(values_, KeepValues(*sorted.stream, run_));
  return Status::OK();
}

Result<SortedRows> GroupRun::Merge() {
  partitions_->Seal(run_.batch_bytes());
  ARROW_ASSIGN_OR_RAISE(const auto groups, BatchStore::Create(grouping_.merged_schema(), run_));
  RETURN_NOT_OK(ForEachNumber(
      partitions_->units(),
      [&](size_t unit) -> Status {
        ARROW_ASSIGN_OR_RAISE(const BatchPtr merged, MergeUnit(*partitions_, unit, grouping_));
        return groups->Put(static_cast<int64_t>(unit), merged);
      },
      run_, "group_by: merge"));
  groups->Seal();
  const auto unordered = groups->OpenStream();
  const KeysOf keys_of = [this](const arrow::RecordBatch& batch, int64_t) {
    return grouping_.EncodeMerged(batch);
  };
  return SortRows(*unordered, keys_of, run_, "group_by: order");
}

Result<std::unique_ptr<Stream>> GroupBy::Open(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
  const SchemaPtr schema = input->schema();
  ARROW_ASSIGN_OR_RAISE(const Grouping grouping, Grouping::Make(*schema, keys_, aggregates_));
  ARROW_ASSIGN_OR_RAISE(auto partitions,
                        KeyPartitions::Create(grouping.partial_schema(), LongKeys::kDigests, run));
  SortedRows groups;
  std::shared_ptr<BatchStore> values;
  {
    GroupRun grouped(grouping, *schema, run, std::move(partitions));
    RETURN_NOT_OK(grouped.Read(*input, aggregates_));
    ARROW_ASSIGN_OR_RAISE(groups, grouped.Merge());
    values = grouped.values();
    run.Count({.step = StepOf(*this), .rows_in = grouped.rows_in(), .rows_out = groups.rows});
  }
  if (values == nullptr) return std::move(groups.stream);
  ARROW_ASSIGN_OR_RAISE(auto ordered, KeepRows(*groups.stream, run, "group_by: order"));
  return OpenQuantiles(std::move(values), std::move(ordered), aggregates_,
                       static_cast<int>(keys_.size()), *schema, grouping.result_schema());
}

// The rows of the group, which are those with its key.
Result<RowOrigins> GroupBy::Origins(int64_t row, RunContext& run) const {
  constexpr size_t kMostRows = 3;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr group, ReadRow(NodePtr(NodePtr(), this), row, run));
  ARROW_ASSIGN_OR_RAISE(const RowKeys group_keys,
                        RowKeys::Make(*group->schema(), KeysOn(keys_), op()));
  ARROW_ASSIGN_OR_RAISE(const auto group_key, group_keys.Encode(*group));
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(const RowKeys keys, RowKeys::Make(*input->schema(), KeysOn(keys_), op()));
  std::mutex mutex;
  std::set<int64_t> first_rows;
  RowOrigins origins;
  RETURN_NOT_OK(ForEachBatch(
      *input,
      [&](int64_t, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(*batch));
        std::lock_guard lock(mutex);
        for (int64_t i = 0; i < batch->num_rows(); ++i) {
          if (encoded->GetView(i) != group_key->GetView(0)) continue;
          ++origins.all;
          first_rows.insert(first_row + i);
          if (first_rows.size() > kMostRows) first_rows.erase(std::prev(first_rows.end()));
        }
        return Status::OK();
      },
      run));
  for (const int64_t each : first_rows) origins.rows.push_back({0, each});
  return origins;
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
