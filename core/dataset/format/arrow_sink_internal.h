// Writes a plan's rows as Arrow IPC files: a record batch for each block of rows
// (row_block_internal.h), so that the bytes depend on the rows only. Types, nulls and features are
// as Parquet has them.
//
// Workers encode and compress as many blocks side by side as there are workers; those are all that
// is held. Threads: as FileSink.
#pragma once

#include <arrow/util/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/dataset/format/file_sink.h"
#include "core/dataset/format/row_block_internal.h"

namespace tideway::dataset {

class ArrowSink : public FileSink {
 public:
  // `codec`: of buffers; null for none. A shard ends with the block that brings its rows to
  // max_shard_bytes, as byte_count.h weighs them, or where the target's cuts say.
  ArrowSink(PartTarget target, std::shared_ptr<arrow::util::Codec> codec, int workers);
  ~ArrowSink() override;

  std::string_view name() const override { return "write.arrow"; }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  // Zero rows still give one file.
  Status Finish() override;

 private:
  class Shard;
  Status Write(const BatchPtr& batch);
  Status EndBlock();
  Status EndShard();
  Status EndAll();

  const PartTarget target_;
  const std::shared_ptr<arrow::util::Codec> codec_;
  const size_t workers_;
  SchemaPtr file_schema_;
  RowBlock block_;
  std::unique_ptr<Shard> shard_;  // the open one
  int64_t rows_ = 0;              // in ended blocks
  int64_t shard_rows_left_ = 0;   // of the open shard, or else of the next
};

}  // namespace tideway::dataset
