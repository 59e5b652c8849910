#include "core/dataset/op/row_hashes.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "core/base/hash.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/smallest.h"

namespace tideway::dataset {

RowHashes RowHashes::OfPositions(std::shared_ptr<const BatchStore> rows, uint64_t seed) {
  RowHashes hashes;
  hashes.rows_ = std::move(rows);
  hashes.seed_ = seed;
  return hashes;
}

Result<RowHashes> RowHashes::Computed(std::shared_ptr<const BatchStore> rows,
                                      const Function& function, RunContext& run) {
  const auto schema = arrow::schema({arrow::field("hash", arrow::uint64(), false)});
  RowHashes hashes;
  ARROW_ASSIGN_OR_RAISE(hashes.hashes_, BatchStore::Create(schema, run));
  const auto compute = [&](int64_t i, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
    ARROW_ASSIGN_OR_RAISE(auto values, function(*batch, first_row));
    auto column = std::make_shared<arrow::UInt64Array>(
        batch->num_rows(), arrow::Buffer::FromVector(std::move(values)));
    return hashes.hashes_->Put(i, arrow::RecordBatch::Make(schema, batch->num_rows(), {column}));
  };
  const auto stream = rows->OpenStream();
  RETURN_NOT_OK(ForEachBatch(*stream, compute, run));
  hashes.hashes_->Seal();
  hashes.rows_ = std::move(rows);
  return hashes;
}

Result<std::vector<uint64_t>> RowHashes::Of(int64_t index) const {
  if (hashes_ == nullptr) {
    std::vector<uint64_t> hashes(static_cast<size_t>(rows_->batch_rows(index)));
    auto position = static_cast<uint64_t>(rows_->first_row(index));
    for (uint64_t& hash : hashes) hash = Mix64(position++, seed_);
    return hashes;
  }
  ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, hashes_->Read(index));
  const auto& column = static_cast<const arrow::UInt64Array&>(*batch->column(0));
  return std::vector<uint64_t>(column.raw_values(), column.raw_values() + column.length());
}

Status TakeSmallestOfEach(const std::vector<int64_t>& n, const RowHashes& hashes,
                          const ClassesOf& classes, uint64_t last, const VisitTaken& visit,
                          RunContext& run) {
  const auto scan = [&](const auto& take) -> Status {
    for (int64_t i = 0; i < hashes.batches(); ++i) {
      RETURN_NOT_OK(run.cancel().Check());
      ARROW_ASSIGN_OR_RAISE(const auto classes_of, classes(i));
      ARROW_ASSIGN_OR_RAISE(const auto hashes_of, hashes.Of(i));
      take(classes_of, hashes_of);
    }
    return Status::OK();
  };
  ARROW_ASSIGN_OR_RAISE(std::vector<HashCut> cuts, CutSmallestOfEach(n, scan));
  for (int64_t i = 0; i < hashes.batches(); ++i) {
    RETURN_NOT_OK(run.cancel().Check());
    ARROW_ASSIGN_OR_RAISE(const auto classes_of, classes(i));
    ARROW_ASSIGN_OR_RAISE(const auto hashes_of, hashes.Of(i));
    std::vector<bool> taken(hashes_of.size());
    for (size_t row = 0; row < taken.size(); ++row) {
      HashCut& cut = cuts[classes_of.empty() ? 0 : classes_of[row]];
      const bool tie = hashes_of[row] == cut.last;
      taken[row] = hashes_of[row] <= last && (hashes_of[row] < cut.last || (tie && cut.ties > 0));
      cut.ties -= tie ? 1 : 0;
    }
    RETURN_NOT_OK(visit(i, taken));
  }
  return Status::OK();
}

}  // namespace tideway::dataset
