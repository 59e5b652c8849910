#include "core/dataset/format/parquet_sink.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/dataset/format/parquet_shard_internal.h"
#include "core/dataset/format/row_block_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr int64_t kRowGroupBytes = 100'000'000;
constexpr int64_t kMaxRowGroupRows = 1 << 20;
constexpr int64_t kNoLimit = ShardCuts::kNoLimit;

}  // namespace

class ParquetSink::Impl {
 public:
  explicit Impl(ParquetOptions options) : options_(std::move(options)) {}

  Status Open(const SchemaPtr& schema);
  Status Consume(const BatchPtr& batch);
  Status Finish();
  Status Publish();

  const std::vector<ParquetFile>& files() const { return files_; }
  const SchemaPtr& schema() const { return schema_; }

 private:
  void PlanCuts();
  Status StartShard();
  Status FinishShard();
  Status WriteBlock();
  std::string NameOf(size_t shard) const;

  const ParquetOptions options_;
  ShardCuts cuts_;  // those of the options, or what comes of the totals
  SchemaPtr schema_;
  SchemaPtr file_schema_;
  std::vector<std::unique_ptr<ParquetShard>> shards_;
  std::vector<ParquetFile> files_;
  ParquetShard* shard_ = nullptr;  // the open one
  RowBlock block_;
  bool totals_known_ = false;
  int64_t group_bytes_ = kRowGroupBytes;  // when they are not
  int64_t rows_ = 0;                      // in finished shards
  // Rows until a cut, those in block_ not taken off yet.
  int64_t shard_rows_left_ = 0;
  int64_t group_rows_left_ = 0;
  int64_t group_rows_ = kMaxRowGroupRows;
  int64_t group_start_weight_ = 0;
};

void ParquetSink::Impl::PlanCuts() {
  cuts_ = options_.cuts;
  totals_known_ = options_.rows.has_value() && options_.bytes.has_value();
  if (!totals_known_) {
    if (options_.file_name.empty() && cuts_.shards == 0) {
      group_bytes_ = std::min(kRowGroupBytes, options_.max_shard_bytes);
    }
    return;
  }
  const int64_t rows = *options_.rows;
  const int64_t bytes = *options_.bytes;
  if (cuts_.shards == 0 && cuts_.max_rows == 0) {
    const int64_t shards = options_.file_name.empty() ? bytes / options_.max_shard_bytes + 1 : 1;
    cuts_ = {.shards = std::clamp<int64_t>(shards, 1, std::max<int64_t>(rows, 1)), .rows = rows};
  }
  if (bytes > 0) {
    group_rows_ = std::clamp<int64_t>(rows * kRowGroupBytes / bytes, 1, kMaxRowGroupRows);
  }
}

Status ParquetSink::Impl::Open(const SchemaPtr& schema) {
  if (options_.max_shard_bytes < 1) {
    return Error(ErrorKind::kUsage,
                 fmt::format("max_shard_bytes must be at least 1: {}", options_.max_shard_bytes));
  }
  schema_ = schema;
  ARROW_ASSIGN_OR_RAISE(file_schema_, FileSchema(*schema));
  PlanCuts();
  RETURN_NOT_OK(MakeFolders(options_.folder));
  return StartShard();
}

Status ParquetSink::Impl::StartShard() {
  shard_rows_left_ = cuts_.RowsOf(shards_.size());
  group_rows_left_ = 0;
  const std::string path = options_.folder + "/" + NameOf(shards_.size());
  ARROW_ASSIGN_OR_RAISE(auto shard, ParquetShard::Create(path, *schema_, file_schema_));
  shards_.push_back(std::move(shard));
  shard_ = shards_.back().get();
  return Status::OK();
}

Status ParquetSink::Impl::FinishShard() {
  RETURN_NOT_OK(shard_->Finish());
  rows_ += shard_->rows();
  shard_ = nullptr;
  return Status::OK();
}

Status ParquetSink::Impl::Consume(const BatchPtr& batch) {
  ARROW_ASSIGN_OR_RAISE(BatchPtr rows, ToFileSchema(batch, file_schema_));
  for (int64_t offset = 0; offset < rows->num_rows();) {
    if (shard_ == nullptr) RETURN_NOT_OK(StartShard());
    if (group_rows_left_ == 0) {
      RETURN_NOT_OK(shard_->StartRowGroup());
      group_rows_left_ = group_rows_;
      group_start_weight_ = shard_->weight();
    }
    const int64_t room = std::min(shard_rows_left_, group_rows_left_);
    offset += block_.Take(*rows, offset, room - block_.rows());
    if (block_.full() || block_.rows() == room) RETURN_NOT_OK(WriteBlock());
  }
  return Status::OK();
}

Status ParquetSink::Impl::WriteBlock() {
  const int64_t rows = block_.rows();
  ARROW_ASSIGN_OR_RAISE(const BatchPtr block, block_.Release());
  RETURN_NOT_OK(shard_->Write(*block));
  group_rows_left_ -= rows;
  if (shard_rows_left_ != kNoLimit) shard_rows_left_ -= rows;
  if (shard_rows_left_ == 0) return FinishShard();
  if (!totals_known_ && shard_->weight() - group_start_weight_ >= group_bytes_) {
    group_rows_left_ = 0;
  }
  const bool shard_full = options_.file_name.empty() && cuts_.shards == 0 &&
                          group_rows_left_ == 0 && shard_->weight() >= options_.max_shard_bytes;
  return shard_full ? FinishShard() : Status::OK();
}

Status ParquetSink::Impl::Finish() {
  if (block_.rows() > 0) RETURN_NOT_OK(WriteBlock());
  if (shard_ != nullptr) RETURN_NOT_OK(FinishShard());
  RETURN_NOT_OK(cuts_.CheckRows(rows_, options_.folder));
  while (static_cast<int64_t>(shards_.size()) < options_.cuts.shards) {
    RETURN_NOT_OK(StartShard());
    RETURN_NOT_OK(FinishShard());
  }
  for (size_t i = 0; i < shards_.size(); ++i) {
    files_.push_back(shards_[i]->info());
    files_.back().name = NameOf(i);
  }
  return Status::OK();
}

std::string ParquetSink::Impl::NameOf(size_t shard) const {
  if (!options_.file_name.empty()) return options_.file_name;
  return ShardName(options_.stem, shard, std::max(shards_.size(), shard + 1), ".parquet");
}

Status ParquetSink::Impl::Publish() {
  for (size_t i = 0; i < shards_.size(); ++i) {
    RETURN_NOT_OK(shards_[i]->Rename(options_.folder + "/" + files_[i].name));
  }
  return SyncFolder(options_.folder);
}

ParquetSink::ParquetSink(ParquetOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ParquetSink::~ParquetSink() = default;

Status ParquetSink::Open(const SchemaPtr& schema) {
  return WithContext("write.parquet", impl_->Open(schema));
}
Result<bool> ParquetSink::Consume(const BatchPtr& batch) {
  RETURN_NOT_OK(WithContext("write.parquet", impl_->Consume(batch)));
  return true;
}
Status ParquetSink::Finish() { return WithContext("write.parquet", impl_->Finish()); }
Status ParquetSink::Publish() { return WithContext("write.parquet", impl_->Publish()); }
const std::vector<ParquetFile>& ParquetSink::files() const { return impl_->files(); }
const SchemaPtr& ParquetSink::schema() const { return impl_->schema(); }

}  // namespace tideway::dataset
