// Sorted runs of rows, and the merge of them: any part of the merged order can be read without the
// parts before it, so that workers merge side by side in memory for one piece each.
//
//   SortedRuns runs(schema);
//   runs.Add({rows, order, {0, 1, 2}});
//   RETURN_NOT_OK(runs.Cut(piece_bytes));
//   for (size_t i = 0; i < runs.pieces(); ++i) ... runs.Read(i) ...  // or OpenRuns()
//
// Rows with equal keys keep the order of the runs, and in a run that of its rows.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

// What sorts a batch with these keys: each key with its row (KeyRowSchema), by key, then by row.
Result<BatchPtr> OrderOf(const arrow::BinaryArray& keys);
// The same of keys that are in order.
BatchPtr InOrder(std::shared_ptr<arrow::BinaryArray> keys);

class SortedRuns {
 public:
  // Some batches of `rows`, each in the order that its batch in `order` gives. They follow one
  // another: no key in a batch is below one in the batch before.
  struct Run {
    std::shared_ptr<const BatchStore> rows;
    std::shared_ptr<const BatchStore> order;
    std::vector<int64_t> batches = {};
  };

  explicit SortedRuns(SchemaPtr schema) : schema_(std::move(schema)) {}
  Status Add(const Run& run);
  const SchemaPtr& schema() const { return schema_; }
  int64_t rows() const { return rows_; }

  // Cuts the merged order into pieces of about `piece_bytes`. Call once, after the last Add.
  Status Cut(int64_t piece_bytes);
  size_t pieces() const { return cuts_.size() + 1; }

  struct Piece {
    BatchPtr rows;
    std::shared_ptr<arrow::BinaryArray> keys;
  };
  // The rows of a piece in order, with their keys where asked for. Thread-safe.
  Result<BatchPtr> Read(size_t piece) const;
  Result<Piece> ReadWithKeys(size_t piece) const;
  // The key of the first row of a piece. REQUIRES: it is not the first piece.
  std::string_view FirstKey(size_t piece) const;

  // Rows that follow one another in the merged order: which of each run.
  struct Range {
    std::vector<int64_t> from;
    std::vector<int64_t> to;
    bool empty() const { return from == to; }
  };
  // Those of a piece whose keys are not below `first`, but below `end`.
  Range RowsBetween(size_t piece, std::string_view first, std::string_view end) const;
  Result<BatchPtr> Read(const Range& range) const;

 private:
  struct Batch {
    std::shared_ptr<const BatchStore> store;
    int64_t index;      // in the store
    int64_t first_row;  // in the run
    std::shared_ptr<arrow::BinaryArray> keys;
    std::shared_ptr<arrow::UInt32Array> order;
    int64_t bytes;
  };
  struct SortedRun {
    std::vector<Batch> batches;
    int64_t rows = 0;
    std::string_view KeyAt(int64_t row) const;
    const Batch& BatchAt(int64_t row) const;
  };
  struct Place {
    size_t run;
    int64_t row;
  };
  struct Slice;
  struct Entry;

  // How many rows of run `run` come before a row of run `of` with this key.
  int64_t RowsBefore(std::string_view key, size_t of, size_t run) const;
  std::vector<int64_t> RowsBefore(const Place& place) const;
  Range RangeOf(size_t piece) const;
  std::vector<Slice> SlicesOf(const Range& range) const;
  static std::vector<Entry> Merge(const std::vector<Slice>& slices);
  Result<BatchPtr> Gather(const std::vector<Slice>& slices,
                          const std::vector<Entry>& entries) const;

  const SchemaPtr schema_;
  std::vector<SortedRun> runs_;
  std::vector<Place> cuts_;  // where each piece but the first begins
  int64_t rows_ = 0;
};

// The merged order as a stream, piece by piece.
std::unique_ptr<Stream> OpenRuns(std::shared_ptr<const SortedRuns> runs);

}  // namespace tideway::dataset
