#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/mapped_pool.h"
#include "core/dataset/features.h"
#include "core/dataset/format/atomic_stream_internal.h"
#include "core/dataset/format/column_executor_internal.h"
#include "core/dataset/format/parquet_file_internal.h"
#include "core/dataset/format/parquet_shard_internal.h"

namespace tideway::dataset {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kMinChunkBytes = 256 * 1024;
constexpr int64_t kMaxChunkBytes = 1024 * 1024;
constexpr auto kCodec = parquet::Compression::SNAPPY;

// Whether `feature` holds files inside: such bytes are compressed already.
bool HoldsMedia(const ordered_json& feature) {
  if (!feature.is_structured()) return false;
  const auto kind = feature.is_object() ? feature.find("_type") : feature.end();
  if (kind != feature.end() &&
      (*kind == "Image" || *kind == "Audio" || *kind == "Video" || *kind == "Pdf")) {
    return true;
  }
  for (const auto& part : feature) {
    if (HoldsMedia(part)) return true;
  }
  return false;
}

void AddLeafPaths(const std::string& path, const arrow::DataType& type,
                  std::vector<std::string>& paths) {
  if (type.id() == arrow::Type::STRUCT) {
    for (const auto& member : type.fields()) {
      AddLeafPaths(path + "." + member->name(), *member->type(), paths);
    }
  } else if (type.num_fields() == 1) {
    AddLeafPaths(path + ".list.element", *type.field(0)->type(), paths);
  } else {
    paths.push_back(path);
  }
}

Result<std::shared_ptr<parquet::WriterProperties>> FileProperties(
    const arrow::Schema& schema, const arrow::Schema& file_schema) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(&MappedPool::Get())
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->compression(kCodec)
      ->enable_dictionary()
      ->enable_statistics()
      ->enable_write_page_index()
      ->enable_content_defined_chunking()
      ->content_defined_chunking_options({kMinChunkBytes, kMaxChunkBytes, 0});
  ARROW_ASSIGN_OR_RAISE(const ordered_json features, FeaturesOf(schema));
  for (const auto& field : file_schema.fields()) {
    if (!HoldsMedia(features[field->name()])) continue;
    std::vector<std::string> leaves;
    AddLeafPaths(field->name(), *field->type(), leaves);
    for (const std::string& leaf : leaves) {
      builder.compression(leaf, parquet::Compression::UNCOMPRESSED)
          ->disable_dictionary(leaf)
          ->encoding(leaf, parquet::Encoding::PLAIN);
    }
  }
  return builder.build();
}

std::string ChunkingJson() {
  return PythonJson(
      {{"min_chunk_size", kMinChunkBytes}, {"max_chunk_size", kMaxChunkBytes}, {"norm_level", 0}});
}

}  // namespace

ParquetShard::ParquetShard(std::unique_ptr<arrow::util::Codec> codec)
    : codec_(std::move(codec)), pages_(codec_.get()) {}
ParquetShard::~ParquetShard() = default;

Result<std::unique_ptr<ParquetShard>> ParquetShard::Create(const std::string& path,
                                                           const arrow::Schema& schema,
                                                           const SchemaPtr& file_schema) {
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(kCodec));
  std::unique_ptr<ParquetShard> shard(new ParquetShard(std::move(codec)));
  ARROW_ASSIGN_OR_RAISE(shard->file_, AtomicFile::Create(path));
  shard->stream_ = std::make_shared<AtomicStream>(shard->file_.get(), &shard->hash_);
  ARROW_ASSIGN_OR_RAISE(auto properties, FileProperties(schema, *file_schema));
  parquet::ArrowWriterProperties::Builder arrow_properties;
  shard->columns_ = std::make_unique<ColumnExecutor>(file_schema->num_fields(), shard->pages_);
  arrow_properties.store_schema();
  arrow_properties.set_use_threads(true)->set_executor(shard->columns_.get());
  ARROW_ASSIGN_OR_RAISE(shard->writer_, OpenParquetFile(file_schema, shard->stream_, properties,
                                                        arrow_properties.build(), shard->pages_));
  return shard;
}

Status ParquetShard::StartRowGroup() { return writer_->NewBufferedRowGroup(); }

Status ParquetShard::Write(const arrow::RecordBatch& batch) {
  counter_.Add(batch);
  return writer_->WriteRecordBatch(batch);
}

Status ParquetShard::Finish() {
  RETURN_NOT_OK(writer_->AddKeyValueMetadata(
      arrow::key_value_metadata({"content_defined_chunking"}, {ChunkingJson()})));
  RETURN_NOT_OK(writer_->Close());
  writer_.reset();
  RETURN_NOT_OK(file_->Seal());
  info_.rows = counter_.rows();
  info_.bytes = counter_.total();
  info_.size = file_->size();
  info_.sha256 = hash_.Finish();
  return Status::OK();
}

}  // namespace tideway::dataset
