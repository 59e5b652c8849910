// What both ways of joining share: the columns, a table of right rows by key, and the rows that
// come out for some left ones.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/dataset/op/gather.h"
#include "core/dataset/op/join.h"
#include "core/dataset/op/join_words.h"
#include "core/dataset/op/key_table.h"
#include "core/dataset/op/row_key.h"

namespace tideway::dataset {

// Where the right rows of a key are found.
class JoinIndex {
 public:
  virtual ~JoinIndex() = default;
  virtual std::span<const RowRef> Find(uint64_t hash, std::string_view key) const = 0;
  // Said some time before Find(), so that memory may be fetched meanwhile.
  virtual void Prefetch(uint64_t hash) const = 0;
};

// Right rows by key, in their order. Holds views of the keys.
class JoinTable : public JoinIndex {
 public:
  explicit JoinTable(size_t expected_rows = 0) : table_(expected_rows) {}
  // A null key is not to be added.
  void Add(std::string_view key, RowRef row);
  void Seal();

  std::span<const RowRef> Find(uint64_t hash, std::string_view key) const override;
  void Prefetch(uint64_t hash) const override { table_.Prefetch(hash); }
  // The rows of the first key with more than one; empty when there is none.
  std::span<const RowRef> FirstRepeated() const;
  size_t most_matches() const { return most_matches_; }

 private:
  std::span<const RowRef> RowsOf(uint32_t number) const {
    return {rows_.data() + starts_[number], rows_.data() + starts_[number + 1]};
  }

  KeyTable table_;
  std::vector<RowRef> rows_;       // once sealed, by key
  std::vector<uint32_t> numbers_;  // of the key of each row, until sealed
  std::vector<uint32_t> starts_;   // by key, and the end
  size_t most_matches_ = 0;
};

// The keys of a batch on one side of a join.
struct JoinKeys {
  std::shared_ptr<arrow::BinaryArray> keys;
  std::vector<bool> null;  // rows with a null in their key; empty when there is none
  bool IsNull(int64_t row) const { return !null.empty() && null[static_cast<size_t>(row)]; }
  // The rows without one.
  std::vector<uint32_t> RowsWithKeys() const;
};

// A row of the result.
struct JoinedRow {
  uint32_t left;
  RowRef right;
};

class JoinColumns {
 public:
  static Result<JoinColumns> Make(const SchemaPtr& left, const SchemaPtr& right,
                                  const JoinOptions& options);

  const SchemaPtr& schema() const { return schema_; }
  Result<JoinKeys> LeftKeys(const arrow::RecordBatch& batch) const;
  Result<JoinKeys> RightKeys(const arrow::RecordBatch& batch) const;
  // A batch of one right row of nulls: the match of left rows that have none.
  Result<BatchPtr> NoMatch() const;

  // Adds what comes out for the left rows from `first` to `end` - 1. A row without a match gets
  // `no_match`.
  void Match(const JoinKeys& left, int64_t first, int64_t end, const JoinIndex& right,
             RowRef no_match, std::vector<JoinedRow>& rows) const;
  // The right key column where keys may be compared as words (key_words.h): one, of a type that
  // has them.
  std::optional<int> RightWords() const;
  // As above. REQUIRES: RightWords().
  void Match(const arrow::RecordBatch& left, int64_t first, int64_t end, const JoinWords& right,
             RowRef no_match, std::vector<JoinedRow>& rows) const;
  // The cells of such rows. `right` are the batches that the references name.
  Result<BatchPtr> Output(const BatchPtr& left, std::span<const BatchPtr> right,
                          std::span<const JoinedRow> rows) const;
  // Those of the right that are in the result, and their fields.
  Result<arrow::ArrayVector> RightCells(std::span<const BatchPtr> right,
                                        std::span<const JoinedRow> rows) const;
  const arrow::FieldVector& right_fields() const { return taken_schema_->fields(); }
  // Whether left rows without a match do not come out.
  bool needs_match() const { return kind_ == JoinKind::kInner || kind_ == JoinKind::kSemi; }
  // The error for right rows of one key.
  Error Repeated(const arrow::RecordBatch& right, int64_t row) const;

 private:
  struct Side {
    SchemaPtr schema;
    std::vector<int> keys;
    RowKeys encoder;
    Result<JoinKeys> Keys(const arrow::RecordBatch& batch) const;
  };
  JoinColumns(Side left, Side right, JoinKind kind)
      : left_(std::move(left)), right_(std::move(right)), kind_(kind) {}
  static Result<Side> MakeSide(const SchemaPtr& schema, std::vector<std::string> names);
  Status CheckTypes() const;
  Status MakeSchema(const std::string& suffix);
  // What comes out for one left row.
  void AddRows(uint32_t left, std::span<const RowRef> found, RowRef no_match,
               std::vector<JoinedRow>& rows) const;
  bool takes_right() const { return kind_ == JoinKind::kInner || kind_ == JoinKind::kLeft; }

  Side left_;
  Side right_;
  JoinKind kind_;
  std::vector<int> taken_;  // right columns in the result
  SchemaPtr taken_schema_;
  SchemaPtr schema_;
};

}  // namespace tideway::dataset
