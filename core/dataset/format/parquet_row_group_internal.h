// One row group of a Parquet file in the making: its columns are open at once, their pages are
// compressed apart (deferred_pages_internal.h), and Close() writes them, column by column.
#pragma once

#include <arrow/io/interfaces.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/dataset/format/column_chunking_internal.h"
#include "core/dataset/format/deferred_pages_internal.h"

namespace tideway::dataset {

// What the row groups of one file share.
struct ParquetFileParts {
  std::shared_ptr<arrow::io::OutputStream> sink;
  std::shared_ptr<parquet::WriterProperties> properties;
  std::unique_ptr<parquet::PageIndexBuilder> index;
  std::vector<parquet::internal::ContentDefinedChunker> chunkers;  // of each column
  PageQueue* pages;
};

class ParquetRowGroup : public parquet::RowGroupWriter::Contents {
 public:
  // `file` and `metadata` must outlive it.
  ParquetRowGroup(ParquetFileParts& file, parquet::RowGroupMetaDataBuilder* metadata);

  int num_columns() const override { return metadata_->num_columns(); }
  // Throws when columns have different numbers of rows.
  int64_t num_rows() const override;
  parquet::ColumnWriter* column(int i) override;
  // Throws: the columns are all open at once.
  parquet::ColumnWriter* NextColumn() override;
  int current_column() const override { return metadata_->current_column(); }
  // Again: nothing.
  void Close() override;
  bool buffered() const override { return true; }

  int64_t total_bytes_written() const override { return bytes_; }
  int64_t total_compressed_bytes() const override { return 0; }
  int64_t total_compressed_bytes_written() const override;
  parquet::RowGroupWriter::BufferedStats EstimatedBufferedStats() const override;

 private:
  struct Column {
    DeferredPageWriter* pages;  // of the writer
    std::shared_ptr<parquet::ColumnWriter> writer;
  };
  Column OpenColumn(int number);

  ParquetFileParts& file_;
  parquet::RowGroupMetaDataBuilder* metadata_;
  std::vector<Column> columns_;
  bool closed_ = false;
  int64_t bytes_ = 0;
};

}  // namespace tideway::dataset
