#include "core/dataset/format/parquet_sink.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/dataset/format/parquet_shard_internal.h"
#include "core/dataset/format/row_block_internal.h"
#include "core/dataset/op/split.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr int64_t kRowGroupBytes = 100'000'000;
constexpr int64_t kMaxRowGroupRows = 1 << 20;
constexpr int64_t kNoLimit = ShardCuts::kNoLimit;

}  // namespace

class ParquetSink::Impl {
 public:
  Impl(PartTarget target, ParquetTotals totals, ShardSet& shards)
      : target_(std::move(target)), totals_(totals), shards_(shards) {}

  Status Open(const SchemaPtr& schema);
  Status Consume(const BatchPtr& batch);
  Status Finish();

  const SchemaPtr& schema() const { return schema_; }

 private:
  void PlanCuts();
  Status StartShard();
  Status FinishShard();
  Status WriteBlock();

  const PartTarget target_;
  const ParquetTotals totals_;
  ShardSet& shards_;
  ShardCuts cuts_;  // those of the target, or what comes of the totals
  SchemaPtr schema_;
  SchemaPtr file_schema_;
  std::unique_ptr<ParquetShard> shard_;  // the open one
  RowBlock block_;
  bool totals_known_ = false;
  int64_t group_bytes_ = kRowGroupBytes;  // when they are not
  // Rows until a cut, those in block_ not taken off yet.
  int64_t shard_rows_left_ = 0;
  int64_t group_rows_left_ = 0;
  int64_t group_rows_ = kMaxRowGroupRows;
  int64_t group_start_weight_ = 0;
};

void ParquetSink::Impl::PlanCuts() {
  cuts_ = target_.cuts;
  totals_known_ = totals_.rows && totals_.bytes && cuts_.max_rows == 0;
  if (!totals_known_) {
    if (target_.file_name.empty() && cuts_.shards == 0) {
      group_bytes_ = std::min(kRowGroupBytes, target_.max_shard_bytes);
    }
    return;
  }
  const int64_t rows = *totals_.rows;
  const int64_t bytes = *totals_.bytes;
  if (cuts_.shards == 0) {
    const int64_t shards = target_.file_name.empty() ? bytes / target_.max_shard_bytes + 1 : 1;
    cuts_ = {.shards = std::clamp<int64_t>(shards, 1, std::max<int64_t>(rows, 1)), .rows = rows};
  }
  if (bytes > 0) {
    group_rows_ = std::clamp<int64_t>(rows * kRowGroupBytes / bytes, 1, kMaxRowGroupRows);
  }
}

Status ParquetSink::Impl::Open(const SchemaPtr& schema) {
  if (target_.max_shard_bytes < 1) {
    return Error(ErrorKind::kUsage,
                 fmt::format("max_shard_bytes must be at least 1: {}", target_.max_shard_bytes));
  }
  schema_ = schema;
  ARROW_ASSIGN_OR_RAISE(file_schema_, FileSchema(*schema));
  PlanCuts();
  RETURN_NOT_OK(shards_.Open());
  return shards_.size() > 0 ? Status::OK() : StartShard();
}

Status ParquetSink::Impl::StartShard() {
  shard_rows_left_ = cuts_.RowsOf(shards_.size());
  group_rows_left_ = 0;
  ARROW_ASSIGN_OR_RAISE(shard_, ParquetShard::Create(shards_.NextPath(), *schema_, file_schema_));
  return Status::OK();
}

Status ParquetSink::Impl::FinishShard() {
  const auto shard = std::move(shard_);
  RETURN_NOT_OK(shard->Finish());
  return shards_.Add(shard->TakeFile(), shard->info());
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
  const bool shard_full = target_.file_name.empty() && cuts_.shards == 0 && group_rows_left_ == 0 &&
                          shard_->weight() >= target_.max_shard_bytes;
  return shard_full ? FinishShard() : Status::OK();
}

Status ParquetSink::Impl::Finish() {
  if (block_.rows() > 0) RETURN_NOT_OK(WriteBlock());
  if (shard_ != nullptr) RETURN_NOT_OK(FinishShard());
  RETURN_NOT_OK(cuts_.CheckRows(shards_.rows(), target_.folder));
  while (static_cast<int64_t>(shards_.size()) < target_.cuts.shards) {
    RETURN_NOT_OK(StartShard());
    RETURN_NOT_OK(FinishShard());
  }
  shards_.Name();
  return Status::OK();
}

Result<ParquetTotals> TotalsOf(const Node& plan, RunContext& run) {
  ParquetTotals totals;
  ARROW_ASSIGN_OR_RAISE(totals.bytes, PartBytes(plan, run));
  if (totals.bytes) {
    ARROW_ASSIGN_OR_RAISE(totals.rows, plan.KnownRows(run));
  }
  return totals;
}

ParquetSink::ParquetSink(PartTarget target, ParquetTotals totals)
    : FileSink(target, ".parquet"),
      impl_(std::make_unique<Impl>(std::move(target), totals, shards_)) {}
ParquetSink::~ParquetSink() = default;

Status ParquetSink::Open(const SchemaPtr& schema) {
  return WithContext("write.parquet", impl_->Open(schema));
}
Result<bool> ParquetSink::Consume(const BatchPtr& batch) {
  RETURN_NOT_OK(WithContext("write.parquet", impl_->Consume(batch)));
  return true;
}
Status ParquetSink::Finish() { return WithContext("write.parquet", impl_->Finish()); }
const SchemaPtr& ParquetSink::schema() const { return impl_->schema(); }

}  // namespace tideway::dataset
