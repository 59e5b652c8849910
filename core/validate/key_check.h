// Which rows break a rule about keys (KeyRule): found in one pass over the rows, then one over the
// keys, which lie in the scratch folder beyond what memory holds.
//
//   ARROW_ASSIGN_OR_RAISE(auto check, KeyCheck::Make(rule, *schema, run));
//   ... check->Add(index, first_row, *batch) ...      // for each batch, by any worker
//   RETURN_NOT_OK(check->Finish(store));
//   check->failed(); check->FailedIn(index, *batch);
//
// Of rows with one key the first passes and the others are duplicates.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/dataset/op/key_partitions.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/row_marks.h"
#include "core/validate/positions.h"
#include "core/validate/rules.h"

namespace tideway::validate {

class KeyCheck {
 public:
  // Errors of kind usage: a column that is not there or cannot be a key; keys of other types than
  // those of the reference.
  static Result<std::unique_ptr<KeyCheck>> Make(const Rule& rule, const arrow::Schema& schema,
                                                dataset::RunContext& run);
  // Thread-safe.
  Status Add(int64_t index, int64_t first_row, const arrow::RecordBatch& batch);
  // After the last Add(). With `rows`, the store that the batches come from, FailedIn() can tell
  // rows afterwards. Blocks while the reference is read.
  Status Finish(const dataset::BatchStore* rows);

  int64_t failed() const { return failed_; }
  // Duplicates; of keys that the reference does not have, the first row of each.
  const Positions& examples() const { return examples_; }
  // The rows of a batch that fail, in order. Thread-safe. REQUIRES: Finish() with a store.
  Result<std::vector<uint32_t>> FailedIn(int64_t index, const arrow::RecordBatch& batch) const;

 private:
  struct Encoded;
  KeyCheck(const Rule& rule, dataset::RunContext& run) : rule_(rule), run_(run) {}
  Result<Encoded> Encode(const arrow::RecordBatch& batch) const;
  Status ReadReference();
  Status CheckUnit(size_t unit);
  void Fail(int64_t index, uint32_t row, int64_t rows, bool is_example);

  const Rule rule_;
  dataset::RunContext& run_;
  std::vector<int> columns_;
  std::optional<dataset::RowKeys> keys_;
  std::optional<dataset::RowKeys> reference_keys_;
  std::unique_ptr<dataset::KeyPartitions> partitions_;
  std::unique_ptr<dataset::KeyPartitions> reference_;
  std::shared_ptr<dataset::RowMarks> marks_;  // of first rows of keys in their batch
  std::mutex mutex_;
  std::vector<int64_t> first_rows_;  // by batch
  int64_t failed_ = 0;
  Positions examples_;
};

}  // namespace tideway::validate
