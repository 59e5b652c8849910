#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>

#include <algorithm>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/format/arrow_sink_internal.h"
#include "core/dataset/format/atomic_stream_internal.h"
#include "core/dataset/format/canonical_array_internal.h"
#include "core/dataset/format/parquet_shard_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {
namespace {

using arrow::ipc::IpcPayload;

Result<IpcPayload> Encode(const BatchPtr& rows, const arrow::ipc::IpcWriteOptions& options) {
  arrow::ArrayVector columns;
  for (const auto& column : rows->columns()) {
    ARROW_ASSIGN_OR_RAISE(auto canonical, Canonical(column));
    columns.push_back(std::move(canonical));
  }
  const auto batch = arrow::RecordBatch::Make(rows->schema(), rows->num_rows(), std::move(columns));
  IpcPayload payload;
  RETURN_NOT_OK(arrow::ipc::GetRecordBatchPayload(*batch, options, &payload));
  return payload;
}

}  // namespace

// One file in the making.
class ArrowSink::Shard {
 public:
  static Result<std::unique_ptr<Shard>> Create(const std::string& path, const SchemaPtr& schema,
                                               const std::shared_ptr<arrow::util::Codec>& codec) {
    std::unique_ptr<Shard> shard(new Shard);
    ARROW_ASSIGN_OR_RAISE(shard->file_, AtomicFile::Create(path));
    shard->stream_ = std::make_shared<AtomicStream>(shard->file_.get(), &shard->hash_);
    shard->options_.use_threads = false;
    shard->options_.codec = codec;
    ARROW_ASSIGN_OR_RAISE(shard->writer_, arrow::ipc::internal::MakePayloadFileWriter(
                                              shard->stream_.get(), schema, shard->options_));
    RETURN_NOT_OK(shard->writer_->Start());
    IpcPayload payload;
    const arrow::ipc::DictionaryFieldMapper no_dictionaries(*schema);
    RETURN_NOT_OK(
        arrow::ipc::GetSchemaPayload(*schema, shard->options_, no_dictionaries, &payload));
    RETURN_NOT_OK(shard->writer_->WritePayload(payload));
    return shard;
  }

  // Holds the block until there are `at_once`.
  Status Add(BatchPtr block, size_t at_once) {
    counter_.Add(*block);
    blocks_.push_back(std::move(block));
    return blocks_.size() < at_once ? Status::OK() : WriteBlocks();
  }
  Status Finish() {
    RETURN_NOT_OK(WriteBlocks());
    RETURN_NOT_OK(writer_->Close());
    writer_.reset();
    RETURN_NOT_OK(file_->Seal());
    info_.rows = counter_.rows();
    info_.bytes = counter_.total();
    info_.size = file_->size();
    info_.sha256 = hash_.Finish();
    return Status::OK();
  }
  std::unique_ptr<AtomicFile> TakeFile() { return std::move(file_); }

  int64_t weight() const { return counter_.weight(); }
  // `name` is left empty. Complete after Finish().
  const WrittenFile& info() const { return info_; }

 private:
  Shard() = default;
  Status WriteBlocks() {
    std::vector<Result<IpcPayload>> payloads(blocks_.size(), IpcPayload());
    ParallelFor(blocks_.size(), [&](size_t i) { payloads[i] = Encode(blocks_[i], options_); });
    for (const auto& payload : payloads) {
      RETURN_NOT_OK(payload.status());
      RETURN_NOT_OK(writer_->WritePayload(*payload));
    }
    blocks_.clear();
    return Status::OK();
  }

  arrow::ipc::IpcWriteOptions options_ = arrow::ipc::IpcWriteOptions::Defaults();
  std::unique_ptr<AtomicFile> file_;
  Sha256 hash_;
  std::shared_ptr<AtomicStream> stream_;
  std::unique_ptr<arrow::ipc::internal::IpcPayloadWriter> writer_;
  std::vector<BatchPtr> blocks_;
  ByteCounter counter_;
  WrittenFile info_;
};

ArrowSink::ArrowSink(PartTarget target, std::shared_ptr<arrow::util::Codec> codec, int workers)
    : FileSink(target, ".arrow"),
      target_(std::move(target)),
      codec_(std::move(codec)),
      workers_(static_cast<size_t>(std::max(workers, 1))) {}
ArrowSink::~ArrowSink() = default;

Status ArrowSink::Open(const SchemaPtr& schema) {
  const auto file_schema = FileSchema(*schema);
  RETURN_NOT_OK(WithContext(name(), file_schema.status()));
  file_schema_ = *file_schema;
  RETURN_NOT_OK(WithContext(name(), shards_.Open()));
  rows_ = shards_.rows();
  shard_rows_left_ = target_.cuts.RowsOf(shards_.size());
  return Status::OK();
}

Result<bool> ArrowSink::Consume(const BatchPtr& batch) {
  RETURN_NOT_OK(WithContext(name(), Write(batch)));
  return true;
}

Status ArrowSink::Write(const BatchPtr& batch) {
  ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, ToFileSchema(batch, file_schema_));
  for (int64_t offset = 0; offset < rows->num_rows();) {
    offset += block_.Take(*rows, offset, shard_rows_left_ - block_.rows());
    if (block_.full() || block_.rows() == shard_rows_left_) RETURN_NOT_OK(EndBlock());
  }
  return Status::OK();
}

// Hands the block, if there are rows in it, to the open shard.
Status ArrowSink::EndBlock() {
  if (shard_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(shard_, Shard::Create(shards_.NextPath(), file_schema_, codec_));
  }
  if (block_.rows() == 0) return Status::OK();
  rows_ += block_.rows();
  if (shard_rows_left_ != ShardCuts::kNoLimit) shard_rows_left_ -= block_.rows();
  ARROW_ASSIGN_OR_RAISE(BatchPtr block, block_.Release());
  RETURN_NOT_OK(shard_->Add(std::move(block), workers_));
  const bool by_bytes = target_.file_name.empty() && target_.cuts.shards == 0;
  const bool full = by_bytes && shard_->weight() >= target_.max_shard_bytes;
  return full || shard_rows_left_ == 0 ? EndShard() : Status::OK();
}

Status ArrowSink::EndShard() {
  const auto shard = std::move(shard_);
  RETURN_NOT_OK(shard->Finish());
  RETURN_NOT_OK(shards_.Add(shard->TakeFile(), shard->info()));
  shard_rows_left_ = target_.cuts.RowsOf(shards_.size());
  return Status::OK();
}

Status ArrowSink::Finish() { return WithContext(name(), EndAll()); }

Status ArrowSink::EndAll() {
  const bool none = shard_ == nullptr && shards_.size() == 0;
  if (block_.rows() > 0 || none) RETURN_NOT_OK(EndBlock());
  if (shard_ != nullptr) RETURN_NOT_OK(EndShard());
  RETURN_NOT_OK(target_.cuts.CheckRows(rows_, target_.folder));
  while (static_cast<int64_t>(shards_.size()) < target_.cuts.shards) {
    RETURN_NOT_OK(EndBlock());
    RETURN_NOT_OK(EndShard());
  }
  shards_.Name();
  return Status::OK();
}

}  // namespace tideway::dataset
