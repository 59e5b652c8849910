// One Parquet file in the making: the writer's settings, and an output stream that hashes what
// passes into an AtomicFile. See parquet_sink.h for what is written.
#pragma once

#include <memory>
#include <string>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/format/deferred_pages_internal.h"
#include "core/dataset/format/parquet_sink.h"

namespace parquet::arrow {
class FileWriter;
}

namespace tideway::dataset {

// What the file calls its columns: every field may be null, dictionaries are their values, features
// stand in the `huggingface` key of the schema instead of on the fields.
Result<SchemaPtr> FileSchema(const arrow::Schema& schema);

// `batch` with the columns of `file_schema`, a FileSchema of its own schema.
Result<BatchPtr> ToFileSchema(const BatchPtr& batch, const SchemaPtr& file_schema);

class ParquetShard {
 public:
  // `schema` carries the features, `file_schema` is made from it.
  static Result<std::unique_ptr<ParquetShard>> Create(const std::string& path,
                                                      const arrow::Schema& schema,
                                                      const SchemaPtr& file_schema);
  ~ParquetShard();

  Status StartRowGroup();
  // Appends to the row group started last.
  Status Write(const arrow::RecordBatch& batch);
  // Writes the footer and makes the file durable under its temporary name.
  Status Finish();
  std::unique_ptr<AtomicFile> TakeFile() { return std::move(file_); }

  // `name` is left empty. Complete after Finish().
  const ParquetFile& info() const { return info_; }
  int64_t weight() const { return counter_.weight(); }
  int64_t rows() const { return counter_.rows(); }

 private:
  explicit ParquetShard(std::unique_ptr<arrow::util::Codec> codec);
  std::unique_ptr<AtomicFile> file_;
  Sha256 hash_;
  std::shared_ptr<class AtomicStream> stream_;
  std::unique_ptr<arrow::util::Codec> codec_;
  PageQueue pages_;
  std::unique_ptr<class ColumnExecutor> columns_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  ByteCounter counter_;
  ParquetFile info_;
};

}  // namespace tideway::dataset
