#include <parquet/exception.h>

#include <utility>

#include "core/dataset/format/parquet_row_group_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {

ParquetRowGroup::ParquetRowGroup(ParquetFileParts& file, parquet::RowGroupMetaDataBuilder* metadata)
    : file_(file), metadata_(metadata) {
  for (int i = 0; i < num_columns(); ++i) columns_.push_back(OpenColumn(i));
}

ParquetRowGroup::Column ParquetRowGroup::OpenColumn(int number) {
  auto* const metadata = metadata_->NextColumnChunk();
  const auto codec = file_.properties->compression(metadata->descr()->path());
  auto pages = std::make_unique<DeferredPageWriter>(
      parquet::PageWriter::Open(
          file_.sink, codec, metadata, /*row_group_ordinal=*/-1, /*column_chunk_ordinal=*/-1,
          file_.properties->memory_pool(), /*buffered_row_group=*/false,
          /*header_encryptor=*/nullptr, /*data_encryptor=*/nullptr,
          file_.properties->page_checksum_enabled(), file_.index->GetColumnIndexBuilder(number),
          file_.index->GetOffsetIndexBuilder(number)),
      codec == parquet::Compression::UNCOMPRESSED ? nullptr : file_.pages);
  Column column{pages.get(), nullptr};
  column.writer =
      parquet::RowGroupSerializer::OpenColumn(metadata, std::move(pages), file_.properties.get(),
                                              &file_.chunkers[static_cast<size_t>(number)]);
  return column;
}

int64_t ParquetRowGroup::num_rows() const {
  const int64_t rows = columns_.empty() ? 0 : columns_.front().writer->rows_written();
  for (const Column& column : columns_) {
    if (column.writer->rows_written() != rows) {
      throw parquet::ParquetException("the columns of a row group have different numbers of rows");
    }
  }
  return rows;
}

parquet::ColumnWriter* ParquetRowGroup::column(int i) {
  return columns_[static_cast<size_t>(i)].writer.get();
}

parquet::ColumnWriter* ParquetRowGroup::NextColumn() {
  throw parquet::ParquetException("the columns of a row group are all open at once");
}

void ParquetRowGroup::Close() {
  if (std::exchange(closed_, true)) return;
  const int64_t rows = num_rows();
  ParallelFor(columns_.size(), [&](size_t i) { columns_[i].writer->Close(); });
  file_.pages->CompressAll();
  for (const Column& column : columns_) bytes_ += column.pages->WriteOut();
  metadata_->set_num_rows(rows);
  metadata_->Finish(bytes_);
}

int64_t ParquetRowGroup::total_compressed_bytes_written() const {
  int64_t bytes = 0;
  for (const Column& column : columns_) bytes += column.pages->total_compressed_bytes_written();
  return bytes;
}

parquet::RowGroupWriter::BufferedStats ParquetRowGroup::EstimatedBufferedStats() const {
  parquet::RowGroupWriter::BufferedStats all;
  for (const Column& column : columns_) {
    all.def_level_bytes += column.writer->estimated_buffered_def_level_bytes();
    all.rep_level_bytes += column.writer->estimated_buffered_rep_level_bytes();
    all.value_bytes += column.writer->estimated_buffered_value_bytes();
    all.dict_bytes += column.writer->estimated_buffered_dict_bytes();
  }
  return all;
}

}  // namespace tideway::dataset
