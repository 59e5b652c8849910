#include "core/validate/key_check.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/group_rows.h"
#include "core/dataset/op/key_table.h"
#include "core/dataset/op/select.h"
#include "core/dataset/run_context.h"

namespace tideway::validate {
namespace {

using dataset::BatchPtr;
using dataset::KeyPartitions;
using dataset::KeyTable;
using dataset::LongKeys;
using dataset::RowKeys;

// The first row of a key in a batch, and how many rows of the batch have it.
dataset::SchemaPtr PieceSchema() {
  static const auto schema =
      arrow::schema({arrow::field("row", arrow::uint32()), arrow::field("rows", arrow::uint32())});
  return schema;
}

std::shared_ptr<arrow::Array> ArrayOf(std::vector<uint32_t> values) {
  const auto size = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::UInt32Array>(size, arrow::Buffer::FromVector(std::move(values)));
}

Result<RowKeys> KeysOf(const arrow::Schema& schema, const std::vector<std::string>& columns,
                       const std::string& operation) {
  std::vector<dataset::SortKey> keys;
  for (const std::string& column : columns) keys.push_back({.column = column});
  return RowKeys::Make(schema, keys, operation);
}

std::string OperationOf(const Rule& rule) { return "validate: " + rule.name; }

Status CheckTypes(const Rule& rule, const arrow::Schema& schema, const arrow::Schema& reference) {
  for (size_t i = 0; i < rule.keys->columns.size(); ++i) {
    const auto& name = rule.keys->columns[i];
    const auto& other = rule.keys->reference_columns[i];
    const auto type = schema.GetFieldByName(name)->type();
    const auto other_type = reference.GetFieldByName(other)->type();
    if (type->Equals(*other_type)) continue;
    return Error(ErrorKind::kUsage, OperationOf(rule) + ": `" + name + "` is " + type->ToString() +
                                        " and `" + other + "` is " + other_type->ToString())
        .Hint("cast one of them: rows:cast { " + name + " = \"" + other_type->ToString() + "\" }");
  }
  return Status::OK();
}

}  // namespace

// The keys of a batch.
struct KeyCheck::Encoded {
  std::shared_ptr<arrow::BinaryArray> keys;
  dataset::Grouped grouped;
  std::vector<uint32_t> sizes;  // rows of each group
  std::vector<bool> has_null;   // of each group
};

Result<std::unique_ptr<KeyCheck>> KeyCheck::Make(const Rule& rule, const arrow::Schema& schema,
                                                 dataset::RunContext& run) {
  std::unique_ptr<KeyCheck> check(new KeyCheck(rule, run));
  const KeyRule& keys = *check->rule_.keys;
  const std::string operation = OperationOf(rule);
  ARROW_ASSIGN_OR_RAISE(check->keys_, KeysOf(schema, keys.columns, operation));
  for (const std::string& column : keys.columns) {
    ARROW_ASSIGN_OR_RAISE(check->columns_.emplace_back(),
                          dataset::ColumnIndex(schema, column, operation));
  }
  if (keys.reference != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto reference, keys.reference->schema(run));
    RETURN_NOT_OK(KeysOf(*reference, keys.reference_columns, operation).status());
    RETURN_NOT_OK(CheckTypes(rule, schema, *reference));
  }
  ARROW_ASSIGN_OR_RAISE(check->partitions_,
                        KeyPartitions::Create(PieceSchema(), LongKeys::kDigests, run));
  return check;
}

Result<KeyCheck::Encoded> KeyCheck::Encode(const arrow::RecordBatch& batch) const {
  Encoded encoded;
  ARROW_ASSIGN_OR_RAISE(encoded.keys, keys_->Encode(batch));
  encoded.grouped = dataset::GroupRows(*encoded.keys);
  encoded.sizes.resize(encoded.grouped.first_rows.size());
  for (const uint32_t group : encoded.grouped.groups) ++encoded.sizes[group];
  for (const uint32_t row : encoded.grouped.first_rows) {
    encoded.has_null.push_back(std::ranges::any_of(
        columns_, [&](int column) { return batch.column(column)->IsNull(row); }));
  }
  return encoded;
}

Status KeyCheck::Add(int64_t index, int64_t first_row, const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const Encoded encoded, Encode(batch));
  std::vector<uint32_t> rows, sizes;
  for (size_t group = 0; group < encoded.sizes.size(); ++group) {
    if (encoded.has_null[group]) continue;
    rows.push_back(encoded.grouped.first_rows[group]);
    sizes.push_back(encoded.sizes[group]);
  }
  const auto count = static_cast<int64_t>(rows.size());
  const auto pieces =
      arrow::RecordBatch::Make(PieceSchema(), count, {ArrayOf(rows), ArrayOf(std::move(sizes))});
  RETURN_NOT_OK(partitions_->Put(index, *encoded.keys, rows, pieces));
  std::lock_guard lock(mutex_);
  const auto slot = static_cast<size_t>(index);
  if (slot >= first_rows_.size()) first_rows_.resize(slot + 1);
  first_rows_[slot] = first_row;
  if (rule_.keys->reference != nullptr) return Status::OK();
  for (uint32_t row = 0; row < encoded.grouped.groups.size(); ++row) {
    const uint32_t group = encoded.grouped.groups[row];
    if (encoded.has_null[group] || encoded.grouped.first_rows[group] == row) continue;
    ++failed_;
    examples_.Add(first_row + row);
  }
  return Status::OK();
}

Status KeyCheck::ReadReference() {
  const KeyRule& rule = *rule_.keys;
  const auto narrow = dataset::Narrowed(rule.reference, rule.reference_columns);
  ARROW_ASSIGN_OR_RAISE(const auto stream, dataset::OpenPlan(*narrow, run_));
  ARROW_ASSIGN_OR_RAISE(reference_keys_,
                        KeysOf(*stream->schema(), rule.reference_columns, OperationOf(rule_)));
  ARROW_ASSIGN_OR_RAISE(
      reference_, KeyPartitions::Create(dataset::RowNumberSchema(), LongKeys::kDigests, run_));
  return dataset::ForEachBatch(
      *stream,
      [&](int64_t index, int64_t, const BatchPtr& batch, dataset::Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const auto keys, reference_keys_->Encode(*batch));
        const auto rows = dataset::GroupRows(*keys).first_rows;
        return reference_->Put(index, *keys, rows, dataset::RowNumbers(rows));
      },
      run_, "validate: " + rule_.name);
}

void KeyCheck::Fail(int64_t index, uint32_t row, int64_t rows, bool is_example) {
  if (marks_ != nullptr) marks_->Mark(static_cast<uint32_t>(index), row);
  std::lock_guard lock(mutex_);
  failed_ += rows;
  if (is_example) examples_.Add(first_rows_[static_cast<size_t>(index)] + row);
}

Status KeyCheck::CheckUnit(size_t unit) {
  KeyTable table, unknown;
  std::vector<KeyPartitions::Piece> known;
  if (reference_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(known, reference_->Read(unit));
    for (const auto& piece : known) {
      for (int64_t i = 0; i < piece.keys->length(); ++i) {
        const auto key = piece.keys->GetView(i);
        table.Add(KeyPartitions::HashOf(key), key);
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto pieces, partitions_->Read(unit));
  for (const auto& piece : pieces) {
    const auto& rows = static_cast<const arrow::UInt32Array&>(*piece.rows->column(0));
    const auto& sizes = static_cast<const arrow::UInt32Array&>(*piece.rows->column(1));
    for (int64_t i = 0; i < rows.length(); ++i) {
      const auto key = piece.keys->GetView(i);
      const uint64_t hash = KeyPartitions::HashOf(key);
      if (reference_ == nullptr) {
        // Further rows of the key in this batch are counted already.
        if (!table.Add(hash, key).is_new) Fail(piece.batch, rows.Value(i), 1, true);
      } else if (table.Find(hash, key) == KeyTable::kNone) {
        const bool is_first = unknown.Add(hash, key).is_new;
        Fail(piece.batch, rows.Value(i), sizes.Value(i), is_first);
      }
    }
  }
  return Status::OK();
}

Status KeyCheck::Finish(const dataset::BatchStore* rows) {
  if (rows != nullptr) {
    ARROW_ASSIGN_OR_RAISE(marks_, dataset::RowMarks::Create(*rows, "validate", run_));
  }
  if (rule_.keys->reference != nullptr) RETURN_NOT_OK(ReadReference());
  partitions_->Seal(run_.batch_bytes());
  if (reference_ != nullptr) reference_->SealAs(*partitions_);
  RETURN_NOT_OK(dataset::ForEachNumber(
      partitions_->units(), [this](size_t unit) { return CheckUnit(unit); }, run_));
  partitions_.reset();
  reference_.reset();
  return Status::OK();
}

Result<std::vector<uint32_t>> KeyCheck::FailedIn(int64_t index,
                                                 const arrow::RecordBatch& batch) const {
  ARROW_ASSIGN_OR_RAISE(const Encoded encoded, Encode(batch));
  const arrow::BooleanArray marks = marks_->Of(index, batch.num_rows());
  const bool once = rule_.keys->reference == nullptr;
  std::vector<uint32_t> failed;
  for (uint32_t row = 0; row < encoded.grouped.groups.size(); ++row) {
    const uint32_t group = encoded.grouped.groups[row];
    if (encoded.has_null[group]) continue;
    const uint32_t first = encoded.grouped.first_rows[group];
    if (marks.Value(first) || (once && row != first)) failed.push_back(row);
  }
  return failed;
}

}  // namespace tideway::validate
