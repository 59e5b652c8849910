#include "core/dataset/op/join_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/dataset/columns.h"
#include "core/dataset/op/key_partitions.h"

namespace tideway::dataset {

void JoinTable::Add(std::string_view key, RowRef row) {
  numbers_.push_back(table_.Add(KeyPartitions::HashOf(key), key).number);
  rows_.push_back(row);
}

void JoinTable::Seal() {
  starts_.assign(table_.size() + 1, 0);
  for (const uint32_t number : numbers_) ++starts_[number + 1];
  for (size_t i = 1; i < starts_.size(); ++i) {
    most_matches_ = std::max<size_t>(most_matches_, starts_[i]);
    starts_[i] += starts_[i - 1];
  }
  std::vector<RowRef> by_key(rows_.size());
  auto next = starts_;
  for (size_t i = 0; i < rows_.size(); ++i) by_key[next[numbers_[i]]++] = rows_[i];
  rows_ = std::move(by_key);
  std::vector<uint32_t>().swap(numbers_);
}

std::span<const RowRef> JoinTable::Find(uint64_t hash, std::string_view key) const {
  const uint32_t number = table_.Find(hash, key);
  return number == KeyTable::kNone ? std::span<const RowRef>() : RowsOf(number);
}

std::span<const RowRef> JoinTable::FirstRepeated() const {
  for (uint32_t number = 0; number < table_.size(); ++number) {
    if (RowsOf(number).size() > 1) return RowsOf(number);
  }
  return {};
}

std::vector<uint32_t> JoinKeys::RowsWithKeys() const {
  std::vector<uint32_t> rows;
  for (int64_t row = 0; row < keys->length(); ++row) {
    if (!IsNull(row)) rows.push_back(static_cast<uint32_t>(row));
  }
  return rows;
}

Result<JoinColumns::Side> JoinColumns::MakeSide(const SchemaPtr& schema,
                                                std::vector<std::string> names) {
  std::vector<SortKey> sort_keys;
  std::vector<int> keys;
  for (std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(keys.emplace_back(), ColumnIndex(*schema, name, "join"));
    sort_keys.push_back({.column = std::move(name)});
  }
  ARROW_ASSIGN_OR_RAISE(RowKeys encoder, RowKeys::Make(*schema, sort_keys, "join"));
  return Side{schema, std::move(keys), std::move(encoder)};
}

Result<JoinColumns> JoinColumns::Make(const SchemaPtr& left, const SchemaPtr& right,
                                      const JoinOptions& options) {
  std::vector<std::string> left_names, right_names;
  for (const auto& [left_name, right_name] : options.on) {
    left_names.push_back(left_name);
    right_names.push_back(right_name);
  }
  ARROW_ASSIGN_OR_RAISE(Side left_side, MakeSide(left, std::move(left_names)));
  ARROW_ASSIGN_OR_RAISE(Side right_side, MakeSide(right, std::move(right_names)));
  JoinColumns columns(std::move(left_side), std::move(right_side), options.kind);
  RETURN_NOT_OK(columns.CheckTypes());
  RETURN_NOT_OK(columns.MakeSchema(options.suffix));
  return columns;
}

Status JoinColumns::CheckTypes() const {
  for (size_t i = 0; i < left_.keys.size(); ++i) {
    const auto& left = *left_.schema->field(left_.keys[i]);
    const auto& right = *right_.schema->field(right_.keys[i]);
    if (left.type()->Equals(*right.type())) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("join: `{}` is {} and `{}` on the right is {}", left.name(),
                             left.type()->ToString(), right.name(), right.type()->ToString()))
        .Hint("cast one of them: rows:cast { id = \"int64\" }");
  }
  return Status::OK();
}

Status JoinColumns::MakeSchema(const std::string& suffix) {
  arrow::FieldVector fields = left_.schema->fields(), taken;
  std::set<std::string> names;
  for (const auto& field : fields) names.insert(field->name());
  for (int index = 0; takes_right() && index < right_.schema->num_fields(); ++index) {
    if (std::ranges::find(right_.keys, index) != right_.keys.end()) continue;
    auto field = right_.schema->field(index);
    if (names.contains(field->name())) field = field->WithName(field->name() + suffix);
    if (!names.insert(field->name()).second) {
      return Error(ErrorKind::kUsage, "join: both sides have a column `" + field->name() + "`")
          .Hint("rename or drop one, or give suffix = \"_right\" for the right one");
    }
    if (kind_ == JoinKind::kLeft) field = field->WithNullable(true);
    taken_.push_back(index);
    taken.push_back(field);
  }
  fields.insert(fields.end(), taken.begin(), taken.end());
  taken_schema_ = arrow::schema(std::move(taken));
  schema_ = arrow::schema(std::move(fields), left_.schema->metadata());
  return Status::OK();
}

Result<JoinKeys> JoinColumns::Side::Keys(const arrow::RecordBatch& batch) const {
  JoinKeys made;
  ARROW_ASSIGN_OR_RAISE(made.keys, encoder.Encode(batch));
  for (const int index : keys) {
    const arrow::Array& column = *batch.column(index);
    if (column.null_count() == 0) continue;
    made.null.resize(static_cast<size_t>(batch.num_rows()));
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (column.IsNull(row)) made.null[static_cast<size_t>(row)] = true;
    }
  }
  return made;
}

Result<JoinKeys> JoinColumns::LeftKeys(const arrow::RecordBatch& batch) const {
  return left_.Keys(batch);
}

Result<JoinKeys> JoinColumns::RightKeys(const arrow::RecordBatch& batch) const {
  return right_.Keys(batch);
}

Result<BatchPtr> JoinColumns::NoMatch() const {
  arrow::ArrayVector columns;
  for (const auto& field : right_.schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), arrow::MakeArrayOfNull(field->type(), 1));
  }
  return arrow::RecordBatch::Make(right_.schema, 1, std::move(columns));
}

void JoinColumns::Match(const JoinKeys& left, int64_t first, int64_t end, const JoinIndex& right,
                        RowRef no_match, std::vector<JoinedRow>& rows) const {
  // A table is larger than a core's cache: 10 million probes of a million keys took 0.5 s less of
  // 3.2 s with so many under way.
  constexpr int64_t kAhead = 16;
  std::array<uint64_t, kAhead> hashes{};
  const auto begin_probe = [&](int64_t row) {
    if (row >= end) return;
    const uint64_t hash = KeyPartitions::HashOf(left.keys->GetView(row));
    hashes[static_cast<size_t>(row % kAhead)] = hash;
    right.Prefetch(hash);
  };
  for (int64_t row = first; row < std::min(end, first + kAhead); ++row) begin_probe(row);
  for (int64_t row = first; row < end; ++row) {
    const uint64_t hash = hashes[static_cast<size_t>(row % kAhead)];
    begin_probe(row + kAhead);
    std::span<const RowRef> found;
    if (!left.IsNull(row)) found = right.Find(hash, left.keys->GetView(row));
    AddRows(static_cast<uint32_t>(row), found, no_match, rows);
  }
}

std::optional<int> JoinColumns::RightWords() const {
  const auto& keys = right_.keys;
  if (keys.size() != 1 || !HasKeyWords(*right_.schema->field(keys[0])->type())) return std::nullopt;
  return keys[0];
}

void JoinColumns::Match(const arrow::RecordBatch& left, int64_t first, int64_t end,
                        const JoinWords& right, RowRef no_match,
                        std::vector<JoinedRow>& rows) const {
  right.Match(*left.column(left_.keys[0]), first, end,
              [&](int64_t row, std::span<const RowRef> found) {
                AddRows(static_cast<uint32_t>(row), found, no_match, rows);
              });
}

void JoinColumns::AddRows(uint32_t left, std::span<const RowRef> found, RowRef no_match,
                          std::vector<JoinedRow>& rows) const {
  if (takes_right()) {
    for (const RowRef right : found) rows.push_back({left, right});
  }
  const bool kept = kind_ == JoinKind::kSemi ? !found.empty() : found.empty();
  if (kept && kind_ != JoinKind::kInner) rows.push_back({left, no_match});
}

Result<BatchPtr> JoinColumns::Output(const BatchPtr& left, std::span<const BatchPtr> right,
                                     std::span<const JoinedRow> rows) const {
  std::vector<RowRef> from_left;
  bool all_left = static_cast<int64_t>(rows.size()) == left->num_rows();
  for (const JoinedRow& row : rows) {
    all_left = all_left && row.left == from_left.size();
    from_left.push_back({0, row.left});
  }
  arrow::ArrayVector columns = left->columns();
  if (!all_left) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr taken, GatherRows(left_.schema, {&left, 1}, from_left));
    columns = taken->columns();
  }
  ARROW_ASSIGN_OR_RAISE(const auto cells, RightCells(right, rows));
  columns.insert(columns.end(), cells.begin(), cells.end());
  return arrow::RecordBatch::Make(schema_, static_cast<int64_t>(rows.size()), std::move(columns));
}

Result<arrow::ArrayVector> JoinColumns::RightCells(std::span<const BatchPtr> right,
                                                   std::span<const JoinedRow> rows) const {
  if (taken_.empty()) return arrow::ArrayVector();
  std::vector<BatchPtr> sources;
  for (const BatchPtr& batch : right) {
    ARROW_ASSIGN_OR_RAISE(sources.emplace_back(), batch->SelectColumns(taken_));
  }
  std::vector<RowRef> from;
  from.reserve(rows.size());
  for (const JoinedRow& row : rows) from.push_back(row.right);
  ARROW_ASSIGN_OR_RAISE(const BatchPtr taken, GatherRows(taken_schema_, sources, from));
  return taken->columns();
}

Error JoinColumns::Repeated(const arrow::RecordBatch& right, int64_t row) const {
  std::string key;
  for (const int index : right_.keys) {
    const auto cell = right.column(index)->GetScalar(row);
    key += fmt::format("{}{} = {}", key.empty() ? "" : ", ", right_.schema->field(index)->name(),
                       cell.ok() ? (*cell)->ToString() : "?");
  }
  return Error(ErrorKind::kData, "join: several rows on the right have " + key)
      .Hint(
          "validate = \"m:1\" asks for one at most: keep one of them with distinct, or leave "
          "validate out");
}

}  // namespace tideway::dataset
