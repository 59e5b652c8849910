// Counts Arrow bytes as dataset cards do (num_bytes): the buffer bytes that rows really use.
//
//   ByteCounter counter;
//   for (...) counter.Add(*batch);
//   card.num_bytes = counter.total();
//
// Fixed width n * w; strings and lists n * 4 for offsets (8 for large ones, 16 for views) plus the
// data; booleans (n + 7) / 8; validity (n + 7) / 8, only for columns with nulls. The result does
// not depend on how the rows are cut into batches. Thread safety: one thread per object.
#pragma once

#include <cstdint>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class ByteCounter {
 public:
  // Every batch added must have the same schema.
  void Add(const arrow::RecordBatch& batch);
  int64_t rows() const { return rows_; }
  int64_t total() const;
  // As total(), with a byte for each boolean and no validity: the weight of some rows is the sum of
  // the weights of each, so that a cut by weight falls on the same row for any batches.
  int64_t weight() const;

 private:
  struct Column {  // one field of the schema, in depth-first order
    int64_t rows = 0;
    int64_t nulls = 0;
    int64_t bits = 0;
    int64_t bytes = 0;
  };
  void Walk(const arrow::Array& array);

  std::vector<Column> columns_;
  size_t next_ = 0;
  int64_t rows_ = 0;
};

// What a single batch counts.
int64_t BatchBytes(const arrow::RecordBatch& batch);

}  // namespace tideway::dataset
