#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/buffer.h>
#include <arrow/compare.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "core/dataset/byte_count.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/differ_internal.h"
#include "core/dataset/op/group_rows.h"
#include "core/dataset/op/key_table.h"
#include "core/dataset/op/sort_rows.h"
#include "core/dataset/op/sortable_bits.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset::internal {
namespace {

// Places of a row in both stores: of the later one first, by which they are sorted.
SchemaPtr PairSchema() {
  static const SchemaPtr schema = arrow::schema(
      {arrow::field("after_batch", arrow::uint32()), arrow::field("after_row", arrow::uint32()),
       arrow::field("before_batch", arrow::uint32()), arrow::field("before_row", arrow::uint32())});
  return schema;
}

struct Pair {
  RowRef after;
  RowRef before;
};

BatchPtr BatchOf(const std::vector<Pair>& pairs) {
  std::vector<uint32_t> cells[4];
  for (const Pair& pair : pairs) {
    cells[0].push_back(pair.after.batch);
    cells[1].push_back(pair.after.row);
    cells[2].push_back(pair.before.batch);
    cells[3].push_back(pair.before.row);
  }
  const auto count = static_cast<int64_t>(pairs.size());
  arrow::ArrayVector columns;
  for (auto& column : cells) {
    columns.push_back(
        std::make_shared<arrow::UInt32Array>(count, arrow::Buffer::FromVector(std::move(column))));
  }
  return arrow::RecordBatch::Make(PairSchema(), count, std::move(columns));
}

uint32_t Cell(const arrow::RecordBatch& pairs, int column, int64_t row) {
  return static_cast<const arrow::UInt32Array&>(*pairs.column(column)).Value(row);
}

std::vector<RowRef> RefsOf(const arrow::RecordBatch& pairs, int column) {
  std::vector<RowRef> refs;
  for (int64_t row = 0; row < pairs.num_rows(); ++row) {
    refs.push_back({Cell(pairs, column, row), Cell(pairs, column + 1, row)});
  }
  return refs;
}

// Sorts pairs by the place of the later row.
Result<std::shared_ptr<arrow::BinaryArray>> PlaceKeys(const arrow::RecordBatch& pairs, int64_t) {
  arrow::BinaryBuilder keys;
  for (int64_t row = 0; row < pairs.num_rows(); ++row) {
    uint8_t key[8];
    PutBigEndian(Cell(pairs, 0, row), key);
    PutBigEndian(Cell(pairs, 1, row), key + 4);
    RETURN_NOT_OK(keys.Append(key, sizeof(key)));
  }
  ARROW_ASSIGN_OR_RAISE(auto array, keys.Finish());
  return std::static_pointer_cast<arrow::BinaryArray>(array);
}

// Rows of a store, of each batch only those that are named: so that no more is held than that.
Result<BatchPtr> ReadRows(const BatchStore& store, const std::vector<RowRef>& refs) {
  std::map<uint32_t, std::vector<RowRef>> by_batch;
  std::vector<RowRef> places;
  for (const RowRef ref : refs) {
    auto& rows = by_batch[ref.batch];
    places.push_back({ref.batch, static_cast<uint32_t>(rows.size())});
    rows.push_back({0, ref.row});
  }
  std::vector<BatchPtr> batches;
  std::map<uint32_t, uint32_t> numbers;
  for (const auto& [index, rows] : by_batch) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, store.Read(index));
    ARROW_ASSIGN_OR_RAISE(auto taken, GatherRows(store.schema(), {&batch, 1}, rows));
    numbers[index] = static_cast<uint32_t>(batches.size());
    batches.push_back(std::move(taken));
  }
  if (batches.size() == 1) return batches[0];
  for (RowRef& place : places) place.batch = numbers[place.batch];
  return GatherRows(store.schema(), batches, places);
}

// Calls `found` with each row from `first` on, before `end`, in which the columns differ.
template <typename Visit>
void VisitDifferences(const arrow::Array& a, const arrow::Array& b, int64_t first, int64_t end,
                      const Visit& found) {
  static const auto options = arrow::EqualOptions::Defaults().nans_equal(true);
  if (first >= end || a.RangeEquals(b, first, end, first, options)) return;
  if (end - first == 1) return found(first);
  const int64_t middle = std::midpoint(first, end);
  VisitDifferences(a, b, first, middle, found);
  VisitDifferences(a, b, middle, end, found);
}

// The first row of each key, and of the first key that is there again.
struct KeyRows {
  std::vector<uint32_t> rows;
  std::optional<uint32_t> repeated;
};

KeyRows EachKeyOnce(const arrow::BinaryArray& keys) {
  Grouped grouped = GroupRows(keys);
  KeyRows once;
  for (uint32_t row = 0; row < grouped.groups.size(); ++row) {
    const uint32_t first = grouped.first_rows[grouped.groups[row]];
    if (first != row && first < once.repeated.value_or(row)) once.repeated = first;
  }
  once.rows = std::move(grouped.first_rows);
  return once;
}

}  // namespace

// The batches of `after` go on where the numbers of those of `before` end.
Result<StorePtr> Differ::ReadSide(Stream& input, bool is_after, const RowKeys& keys) {
  const int64_t first_index = is_after ? before_->batches() : 0;
  ARROW_ASSIGN_OR_RAISE(auto rows, BatchStore::Create(input.schema(), run_));
  const auto put = [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(*batch));
    const auto [rows_of_keys, repeated] = EachKeyOnce(*encoded);
    if (repeated) NoteDuplicate({is_after, {static_cast<uint32_t>(index), *repeated}});
    RETURN_NOT_OK(
        partitions_->Put(first_index + index, *encoded, rows_of_keys, RowNumbers(rows_of_keys)));
    bytes_ += BatchBytes(*batch);
    return rows->Put(index, batch);
  };
  RETURN_NOT_OK(ForEachBatch(input, put, run_, is_after ? "diff: second" : "diff: first"));
  rows->Seal();
  return rows;
}

Status Differ::Read(Stream& before, Stream& after, const RowKeys& keys) {
  ARROW_ASSIGN_OR_RAISE(partitions_,
                        KeyPartitions::Create(RowNumberSchema(), LongKeys::kWhole, run_));
  ARROW_ASSIGN_OR_RAISE(before_, ReadSide(before, false, keys));
  ARROW_ASSIGN_OR_RAISE(after_, ReadSide(after, true, keys));
  partitions_->Seal(run_.batch_bytes());
  return Status::OK();
}

void Differ::NoteDuplicate(const Duplicate& duplicate) {
  std::lock_guard lock(mutex_);
  if (!duplicate_ || duplicate < *duplicate_) duplicate_ = duplicate;
}

// Keys come by batch: those of `before` first.
Status Differ::MatchUnit(size_t unit, BatchStore& pairs) {
  struct Rows {
    RowRef before = {}, after = {};
    int64_t of_before = 0, of_after = 0;
  };
  ARROW_ASSIGN_OR_RAISE(const auto pieces, partitions_->Read(unit));
  KeyTable table;
  std::vector<Rows> found;
  for (const KeyPartitions::Piece& piece : pieces) {
    const bool is_after = piece.batch >= before_->batches();
    const auto batch = static_cast<uint32_t>(piece.batch - (is_after ? before_->batches() : 0));
    const auto& numbers = static_cast<const arrow::UInt32Array&>(*piece.rows->column(0));
    for (int64_t i = 0; i < numbers.length(); ++i) {
      const std::string_view key = piece.keys->GetView(i);
      const auto [number, is_new] = table.Add(KeyPartitions::HashOf(key), key);
      if (is_new) found.emplace_back();
      Rows& rows = found[number];
      if ((is_after ? rows.of_after : rows.of_before)++ > 0) continue;
      (is_after ? rows.after : rows.before) = {batch, numbers.Value(i)};
    }
  }
  std::vector<Pair> matched;
  for (const Rows& rows : found) {
    if (rows.of_before > 1) NoteDuplicate({false, rows.before});
    if (rows.of_after > 1) NoteDuplicate({true, rows.after});
    if (rows.of_before > 0 && rows.of_after > 0) {
      matched.push_back({rows.after, rows.before});
    } else if (rows.of_before > 0) {
      removed_marks_->Mark(rows.before.batch, rows.before.row);
      ++removed_;
    } else {
      added_marks_->Mark(rows.after.batch, rows.after.row);
      ++added_;
    }
  }
  return pairs.Put(static_cast<int64_t>(unit), BatchOf(matched));
}

// How many rows have the key.
Result<int64_t> Differ::CountRows(const Duplicate& duplicate, const RowKeys& keys) const {
  const auto& store = duplicate.is_after ? after_ : before_;
  ARROW_ASSIGN_OR_RAISE(const auto first, store->Read(duplicate.first.batch));
  ARROW_ASSIGN_OR_RAISE(const auto key, keys.Encode(*first->Slice(duplicate.first.row, 1)));
  std::atomic<int64_t> rows = 0;
  const auto count = [&](int64_t, int64_t, const BatchPtr& batch, Worker&) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(*batch));
    for (int64_t row = 0; row < encoded->length(); ++row) {
      rows += encoded->GetView(row) == key->GetView(0);
    }
    return Status::OK();
  };
  RETURN_NOT_OK(ForEachBatch(*store->OpenStream(), count, run_));
  return rows.load();
}

Status Differ::DuplicateError(const RowKeys& keys) const {
  const Duplicate& duplicate = *duplicate_;
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, CountRows(duplicate, keys));
  ARROW_ASSIGN_OR_RAISE(const auto batch,
                        (duplicate.is_after ? after_ : before_)->Read(duplicate.first.batch));
  std::string key;
  for (const int column : key_) {
    ARROW_ASSIGN_OR_RAISE(const auto value, batch->column(column)->GetScalar(duplicate.first.row));
    constexpr size_t kMostBytes = 100;
    key += fmt::format("{}`{}` {}", key.empty() ? "" : ", ", schema_->field(column)->name(),
                       CutText(value->ToString(), kMostBytes));
  }
  return Error(ErrorKind::kData, fmt::format("diff: key {} is in {} rows of the {} dataset", key,
                                             rows, duplicate.is_after ? "second" : "first"))
      .Hint("name more columns as the key, or keep one row of each by distinct");
}

Status Differ::Match(const RowKeys& keys) {
  ARROW_ASSIGN_OR_RAISE(added_marks_, RowMarks::Create(*after_, kDiff, run_));
  ARROW_ASSIGN_OR_RAISE(removed_marks_, RowMarks::Create(*before_, kDiff, run_));
  ARROW_ASSIGN_OR_RAISE(pairs_, BatchStore::Create(PairSchema(), run_));
  RETURN_NOT_OK(ForEachNumber(
      partitions_->units(), [&](size_t unit) { return MatchUnit(unit, *pairs_); }, run_,
      "diff: match"));
  pairs_->Seal();
  partitions_ = nullptr;
  return duplicate_ ? DuplicateError(keys) : Status::OK();
}

// Both rows of a pair, and what is told of them, take about a batch.
int64_t Differ::RowsAtOnce() const {
  const int64_t rows = std::max<int64_t>(before_->rows() + after_->rows(), 1);
  const int64_t row_bytes = std::max<int64_t>(4 * bytes_ / rows, 1);
  return std::clamp<int64_t>(run_.batch_bytes() / row_bytes, 1, run_.batch_rows());
}

// The rows of the changed part for some pairs.
Result<BatchPtr> Differ::CompareRows(const BatchPtr& pairs) {
  ARROW_ASSIGN_OR_RAISE(const auto before, ReadRows(*before_, RefsOf(*pairs, 2)));
  ARROW_ASSIGN_OR_RAISE(const auto after, ReadRows(*after_, RefsOf(*pairs, 0)));
  std::map<uint32_t, std::string> names;  // by row
  for (size_t i = 0; i < others_.size(); ++i) {
    const int column = others_[i];
    VisitDifferences(*before->column(column), *after->column(column), 0, pairs->num_rows(),
                     [&](int64_t row) {
                       std::string& text = names[static_cast<uint32_t>(row)];
                       text += (text.empty() ? "" : ", ") + schema_->field(column)->name();
                       ++changed_in_[i];
                     });
  }
  std::vector<RowRef> rows;
  arrow::StringBuilder changed;
  for (const auto& [row, text] : names) {
    rows.push_back({0, row});
    RETURN_NOT_OK(changed.Append(text));
  }
  ARROW_ASSIGN_OR_RAISE(const auto old_rows, GatherRows(schema_, {&before, 1}, rows));
  ARROW_ASSIGN_OR_RAISE(const auto new_rows, GatherRows(schema_, {&after, 1}, rows));
  arrow::ArrayVector columns;
  for (const int column : key_) columns.push_back(new_rows->column(column));
  ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), changed.Finish());
  for (const int column : others_) {
    columns.push_back(old_rows->column(column));
    columns.push_back(new_rows->column(column));
  }
  return arrow::RecordBatch::Make(changed_schema_, new_rows->num_rows(), std::move(columns));
}

Status Differ::Compare(const Step& step) {
  StorePtr sorted;
  {
    const auto input = pairs_->OpenStream();
    ARROW_ASSIGN_OR_RAISE(const auto in_order, SortRows(*input, PlaceKeys, run_, "diff: order"));
    ARROW_ASSIGN_OR_RAISE(sorted, BatchStore::Create(PairSchema(), run_));
    RETURN_NOT_OK(ForEachBatch(
        *in_order.stream,
        [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) {
          return sorted->Put(index, batch);
        },
        run_));
    sorted->Seal();
    pairs_ = nullptr;
  }
  struct Slice {
    int64_t batch;
    int64_t first;
  };
  const int64_t at_once = RowsAtOnce();
  std::vector<Slice> slices;
  for (int64_t batch = 0; batch < sorted->batches(); ++batch) {
    for (int64_t first = 0; first < sorted->batch_rows(batch); first += at_once) {
      slices.push_back({batch, first});
    }
  }
  ARROW_ASSIGN_OR_RAISE(changed_, BatchStore::Create(changed_schema_, run_));
  const auto compare = [&](size_t number) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto pairs, sorted->Read(slices[number].batch));
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          CompareRows(pairs->Slice(slices[number].first, at_once)));
    return changed_->Put(static_cast<int64_t>(number), rows);
  };
  RETURN_NOT_OK(ForEachNumber(slices.size(), compare, run_, "diff: compare"));
  changed_->Seal();
  run_.Count({.step = step,
              .rows_in = sorted->rows(),
              .rows_out = changed_->rows(),
              .dropped = {{"unchanged", sorted->rows() - changed_->rows()}}});
  return Status::OK();
}

}  // namespace tideway::dataset::internal
