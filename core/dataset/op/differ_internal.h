// The work of diff: both datasets are read, their rows matched by key, and the pairs compared.
//
// Threads: one; each step uses all workers.
#pragma once

#include <arrow/type_fwd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/dataset/op/gather.h"
#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/row_marks.h"

namespace tideway::dataset::internal {

inline constexpr std::string_view kDiff = "diff";
using StorePtr = std::shared_ptr<BatchStore>;

// Rows that a diff found: all of a store, or the marked ones.
struct Found {
  StorePtr rows;
  std::shared_ptr<const RowMarks> marks;
  int64_t count = 0;
};

// The first row of a key that is in several rows of one dataset.
struct Duplicate {
  bool is_after = false;
  RowRef first = {};
  bool operator<(const Duplicate& other) const {
    return std::tuple(is_after, first.batch, first.row) <
           std::tuple(other.is_after, other.first.batch, other.first.row);
  }
};

class Differ {
 public:
  Differ(SchemaPtr schema, std::vector<int> key, SchemaPtr changed_schema, RunContext& run)
      : schema_(std::move(schema)), changed_schema_(std::move(changed_schema)), run_(run) {
    for (int i = 0; i < schema_->num_fields(); ++i) {
      if (std::ranges::find(key, i) == key.end()) others_.push_back(i);
    }
    key_ = std::move(key);
    changed_in_ = std::vector<std::atomic<int64_t>>(others_.size());
  }

  Status Read(Stream& before, Stream& after, const RowKeys& keys);
  Status Match(const RowKeys& keys);
  // Counted as `step`.
  Status Compare(const Step& step);

  const StorePtr& before() const { return before_; }
  const StorePtr& after() const { return after_; }
  Found added() const { return {after_, added_marks_, added_}; }
  Found removed() const { return {before_, removed_marks_, removed_}; }
  Found changed() const { return {changed_, nullptr, changed_->rows()}; }
  std::vector<std::pair<std::string, int64_t>> columns() const {
    std::vector<std::pair<std::string, int64_t>> columns;
    for (size_t i = 0; i < others_.size(); ++i) {
      columns.emplace_back(schema_->field(others_[i])->name(), changed_in_[i]);
    }
    return columns;
  }

 private:
  Result<StorePtr> ReadSide(Stream& input, bool is_after, const RowKeys& keys);
  Status MatchUnit(size_t unit, BatchStore& pairs);
  void NoteDuplicate(const Duplicate& duplicate);
  Result<int64_t> CountRows(const Duplicate& duplicate, const RowKeys& keys) const;
  Status DuplicateError(const RowKeys& keys) const;
  Result<BatchPtr> CompareRows(const BatchPtr& pairs);
  int64_t RowsAtOnce() const;

  const SchemaPtr schema_;
  const SchemaPtr changed_schema_;
  RunContext& run_;
  std::vector<int> key_;     // columns
  std::vector<int> others_;  // the rest
  StorePtr before_, after_;
  std::unique_ptr<KeyPartitions> partitions_;
  std::atomic<int64_t> bytes_ = 0;
  std::shared_ptr<RowMarks> added_marks_, removed_marks_;
  std::atomic<int64_t> added_ = 0, removed_ = 0;
  StorePtr pairs_;
  std::mutex mutex_;
  std::optional<Duplicate> duplicate_;  // the first one
  StorePtr changed_;
  std::vector<std::atomic<int64_t>> changed_in_;
};

}  // namespace tideway::dataset::internal
