// Which rows break a rule about keys (KeyRule): found in one pass over the rows, then one over the
// keys, which lie in the scratch folder beyond what memory holds.
//
//   ARROW_ASSIGN_OR_RAISE(auto check, KeyCheck::Make(rule, *schema, marks, run));
//   ... check->Add(index, first_row, *batch) ...      // for each batch, by any worker
//   RETURN_NOT_OK(check->Finish(rows));     // the number of them
//   check->failed(); check->FailedIn(first_row, *batch);
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
#include "core/validate/positions.h"
#include "core/validate/row_bits.h"
#include "core/validate/rules.h"

namespace tideway::validate {

class KeyCheck {
 public:
  // Errors of kind usage: a column that is not there or cannot be a key; keys of other types than
  // those of the reference.
  // With `marks`, FailedIn() can tell rows afterwards.
  static Result<std::unique_ptr<KeyCheck>> Make(const Rule& rule, const arrow::Schema& schema,
                                                bool marks, dataset::RunContext& run);
  // Thread-safe.
  Status Add(int64_t index, int64_t first_row, const arrow::RecordBatch& batch);
  // After the last Add(), of `rows` rows in all. Blocks while the reference is read.
  Status Finish(int64_t rows);

  int64_t failed() const { return failed_; }
  // Duplicates; of keys that the reference does not have, the first row of each.
  const Positions& examples() const { return examples_; }
  // The rows of a batch that fail, in order; `first_row` is the position of its first row. Where
  // there is a reference, the batch must be one that was added. Thread-safe. REQUIRES: Finish().
  Result<std::vector<uint32_t>> FailedIn(int64_t first_row, const arrow::RecordBatch& batch) const;

 private:
  struct Encoded;
  KeyCheck(const Rule& rule, bool marks, dataset::RunContext& run)
      : rule_(rule), keeps_marks_(marks), run_(run) {}
  void AddDuplicates(int64_t index, int64_t first_row, const Encoded& encoded);
  Result<Encoded> Encode(const arrow::RecordBatch& batch) const;
  Status ReadReference();
  Status CheckUnit(size_t unit);
  void Fail(int64_t index, uint32_t row, int64_t rows, bool is_example);

  const Rule rule_;
  const bool keeps_marks_;
  dataset::RunContext& run_;
  std::vector<int> columns_;
  std::optional<dataset::RowKeys> keys_;
  std::optional<dataset::RowKeys> reference_keys_;
  std::unique_ptr<dataset::KeyPartitions> partitions_;
  std::unique_ptr<dataset::KeyPartitions> reference_;
  // Of rows that fail; where there is a reference, of the first ones in their batch of each key.
  std::unique_ptr<RowBits> marks_;
  // By batch, a bit for each row whose key came before in the batch; empty where there is none.
  std::vector<std::vector<bool>> duplicates_;
  std::mutex mutex_;
  std::vector<int64_t> first_rows_;  // by batch
  int64_t failed_ = 0;
  Positions examples_;
};

}  // namespace tideway::validate
