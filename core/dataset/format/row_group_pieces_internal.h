// The rows of one row group piece by piece, its columns decoded side by side (parallel.h), and
// those of a few groups too: the first piece of a column may cost as much as all others, for its
// page is decompressed whole.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/dataset/format/parquet_layout_internal.h"

namespace tideway::dataset {

// Threads: one at a time. Parquet's own exceptions pass through.
class RowGroupPieces {
 public:
  // Pieces have at most `most_rows` rows and take about `most_bytes`, or one row that takes more.
  // `row_bytes`: what a row takes in the mean, for files that do not tell more.
  static Result<std::unique_ptr<RowGroupPieces>> Open(const ParquetFileLayout& file, int group,
                                                      int64_t row_bytes, int64_t most_rows,
                                                      int64_t most_bytes);
  // Decodes the first piece of each.
  static Status Start(const std::vector<std::unique_ptr<RowGroupPieces>>& groups);
  // The next rows, with the columns read from the file, in file order; null at the end.
  Result<BatchPtr> Next();

 private:
  struct Column {
    std::unique_ptr<arrow::RecordBatchReader> reader;
    BatchPtr rows;  // decoded, but not handed out yet; null when there are none
  };

  RowGroupPieces() = default;
  // Reads on in those of `columns` of which nothing is left.
  static Status Decode(const std::vector<Column*>& columns);
  void AddColumnsTo(std::vector<Column*>& columns);
  // The first rows of what is decoded of each column: all columns have so many.
  BatchPtr Take(int64_t rows);

  int64_t most_bytes_ = 0;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::vector<Column> columns_;
};

}  // namespace tideway::dataset
