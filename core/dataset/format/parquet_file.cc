#include <arrow/ipc/writer.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>

#include <utility>

#include "core/base/mapped_pool.h"
#include "core/dataset/format/parquet_file_internal.h"
#include "core/dataset/format/parquet_row_group_internal.h"

namespace tideway::dataset {
namespace {

using arrow::KeyValueMetadata;
using parquet::internal::LevelInfo;

class ParquetFileContents : public parquet::ParquetFileWriter::Contents {
 public:
  ParquetFileContents(std::shared_ptr<parquet::schema::GroupNode> schema,
                      std::shared_ptr<const KeyValueMetadata> metadata, ParquetFileParts parts);

  void Close() override;
  parquet::RowGroupWriter* AppendRowGroup() override { return AppendBufferedRowGroup(); }
  parquet::RowGroupWriter* AppendBufferedRowGroup() override;
  int64_t num_rows() const override;
  int num_columns() const override { return schema()->num_columns(); }
  int num_row_groups() const override { return row_groups_; }
  const std::shared_ptr<parquet::WriterProperties>& properties() const override {
    return parts_.properties;
  }
  void AddKeyValueMetadata(const std::shared_ptr<const KeyValueMetadata>& added) override;

 private:
  void CloseRowGroup();

  ParquetFileParts parts_;
  std::unique_ptr<parquet::FileMetaDataBuilder> footer_;
  std::unique_ptr<parquet::RowGroupWriter> open_;
  int row_groups_ = 0;
  int64_t rows_ = 0;  // of the row groups that are closed
};

ParquetFileContents::ParquetFileContents(std::shared_ptr<parquet::schema::GroupNode> schema,
                                         std::shared_ptr<const KeyValueMetadata> metadata,
                                         ParquetFileParts parts)
    : Contents(std::move(schema), std::move(metadata)),
      parts_(std::move(parts)),
      footer_(parquet::FileMetaDataBuilder::Make(&schema_, parts_.properties)) {
  parts_.index = parquet::PageIndexBuilder::Make(&schema_);
  const auto [min_bytes, max_bytes, norm_level] =
      parts_.properties->content_defined_chunking_options();
  for (int i = 0; i < num_columns(); ++i) {
    parts_.chunkers.emplace_back(LevelInfo::ComputeLevelInfo(schema_.Column(i)), min_bytes,
                                 max_bytes, norm_level);
  }
  PARQUET_THROW_NOT_OK(parts_.sink->Write(parquet::kParquetMagic, sizeof parquet::kParquetMagic));
}

parquet::RowGroupWriter* ParquetFileContents::AppendBufferedRowGroup() {
  CloseRowGroup();
  parts_.index->AppendRowGroup();
  auto group = std::make_unique<ParquetRowGroup>(parts_, footer_->AppendRowGroup());
  open_ = std::make_unique<parquet::RowGroupWriter>(std::move(group));
  ++row_groups_;
  return open_.get();
}

void ParquetFileContents::CloseRowGroup() {
  if (open_ == nullptr) return;
  const auto group = std::move(open_);
  rows_ += group->num_rows();
  group->Close();
}

int64_t ParquetFileContents::num_rows() const {
  return rows_ + (open_ == nullptr ? 0 : open_->num_rows());
}

void ParquetFileContents::AddKeyValueMetadata(
    const std::shared_ptr<const KeyValueMetadata>& added) {
  key_value_metadata_ = key_value_metadata_->Merge(*added);
}

void ParquetFileContents::Close() {
  if (file_metadata_ != nullptr) return;
  CloseRowGroup();
  parts_.index->Finish();
  const auto places = parts_.index->WriteTo(parts_.sink.get());
  footer_->SetIndexLocations(parquet::IndexKind::kColumnIndex, places.column_index_locations);
  footer_->SetIndexLocations(parquet::IndexKind::kOffsetIndex, places.offset_index_locations);
  file_metadata_ = footer_->Finish(key_value_metadata_);
  parquet::WriteFileMetaData(*file_metadata_, parts_.sink.get());
}

// The metadata of `schema`, and the schema itself where Arrow's readers look for it.
Result<std::shared_ptr<const KeyValueMetadata>> MetadataOf(const arrow::Schema& schema) {
  auto metadata = schema.metadata() ? schema.metadata()->Copy() : arrow::key_value_metadata({}, {});
  ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::ipc::SerializeSchema(schema));
  metadata->Append("ARROW:schema", arrow::util::base64_encode(std::string_view(*bytes)));
  return metadata;
}

}  // namespace

Result<std::unique_ptr<parquet::arrow::FileWriter>> OpenParquetFile(
    const SchemaPtr& schema, std::shared_ptr<arrow::io::OutputStream> sink,
    const std::shared_ptr<parquet::WriterProperties>& properties,
    const std::shared_ptr<parquet::ArrowWriterProperties>& arrow_properties, PageQueue& pages) {
  std::shared_ptr<parquet::SchemaDescriptor> columns;
  RETURN_NOT_OK(
      parquet::arrow::ToParquetSchema(schema.get(), *properties, *arrow_properties, &columns));
  auto root = std::static_pointer_cast<parquet::schema::GroupNode>(columns->schema_root());
  ARROW_ASSIGN_OR_RAISE(auto metadata, MetadataOf(*schema));
  ParquetFileParts parts{std::move(sink), properties, nullptr, {}, &pages};
  auto file = std::make_unique<parquet::ParquetFileWriter>();
  PARQUET_CATCH_NOT_OK(file->Open(std::make_unique<ParquetFileContents>(
      std::move(root), std::move(metadata), std::move(parts))));
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  RETURN_NOT_OK(parquet::arrow::FileWriter::Make(&MappedPool::Get(), std::move(file), schema,
                                                 arrow_properties, &writer));
  return writer;
}

}  // namespace tideway::dataset
