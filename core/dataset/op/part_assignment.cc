#include "core/dataset/op/part_assignment.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <mutex>

#include "core/dataset/execute.h"
#include "core/dataset/op/filter_rows.h"

namespace tideway::dataset {
namespace {

// Writes the bytes of an assignment and counts them.
class PartWriter {
 public:
  static Result<std::unique_ptr<PartWriter>> Create(RunContext& run) {
    ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(PartSchema(), run));
    return std::unique_ptr<PartWriter>(new PartWriter(std::move(store)));
  }
  Status Put(int64_t index, std::vector<uint8_t> parts) {
    {
      std::lock_guard lock(mutex_);
      for (const uint8_t part : parts) ++sizes_[part];
    }
    const auto rows = static_cast<int64_t>(parts.size());
    auto column =
        std::make_shared<arrow::UInt8Array>(rows, arrow::Buffer::FromVector(std::move(parts)));
    return store_->Put(index, arrow::RecordBatch::Make(PartSchema(), rows, {column}));
  }
  PartAssignment Finish(std::shared_ptr<BatchStore> rows, size_t parts) {
    store_->Seal();
    sizes_.resize(parts);
    return {std::move(rows), store_, std::move(sizes_), std::vector<int64_t>(parts)};
  }

 private:
  explicit PartWriter(std::shared_ptr<BatchStore> store) : store_(std::move(store)) {}
  static SchemaPtr PartSchema() {
    return arrow::schema({arrow::field("part", arrow::uint8(), false)});
  }

  const std::shared_ptr<BatchStore> store_;
  std::mutex mutex_;
  std::vector<int64_t> sizes_ = std::vector<int64_t>(kNoPart + 1);
};

class PartStream : public Stream {
 public:
  PartStream(std::shared_ptr<const PartAssignment> assignment, uint8_t part)
      : assignment_(std::move(assignment)), part_(part) {}
  const SchemaPtr& schema() const override { return assignment_->rows->schema(); }

  Result<Morsel> Next() override {
    if (next_ == assignment_->rows->batches()) return Morsel();
    return Morsel([this, index = next_++](Worker&) { return ReadBatch(index); });
  }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(assignment_->rows->batches());
  }

 private:
  Result<BatchPtr> ReadBatch(int64_t index) const {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, assignment_->rows->Read(index));
    ARROW_ASSIGN_OR_RAISE(const auto parts, assignment_->PartsOf(index));
    RowMask mask(rows->num_rows());
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      mask.Set(row, parts[static_cast<size_t>(row)] == part_);
    }
    return FilterRows(rows, mask);
  }

  const std::shared_ptr<const PartAssignment> assignment_;
  const uint8_t part_;
  int64_t next_ = 0;
};

}  // namespace

Result<std::vector<uint8_t>> PartAssignment::PartsOf(int64_t index) const {
  ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, parts->Read(index));
  const auto& column = static_cast<const arrow::UInt8Array&>(*batch->column(0));
  return std::vector<uint8_t>(column.raw_values(), column.raw_values() + column.length());
}

Result<PartAssignment> MakeAssignment(std::shared_ptr<BatchStore> rows, size_t parts,
                                      const BatchParts& parts_of, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto writer, PartWriter::Create(run));
  const auto assign = [&](size_t index) -> Status {
    ARROW_ASSIGN_OR_RAISE(auto bytes, parts_of(static_cast<int64_t>(index)));
    return writer->Put(static_cast<int64_t>(index), std::move(bytes));
  };
  RETURN_NOT_OK(ForEachNumber(static_cast<size_t>(rows->batches()), assign, run, "split"));
  return writer->Finish(std::move(rows), parts);
}

Result<PartAssignment> AssignSmallest(std::shared_ptr<BatchStore> rows, size_t parts,
                                      const Taking& taking, const RowHashes& hashes,
                                      RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto writer, PartWriter::Create(run));
  const auto assign = [&](int64_t index, const std::vector<bool>& taken) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto classes, taking.classes(index));
    std::vector<uint8_t> bytes(taken.size(), kNoPart);
    for (size_t row = 0; row < taken.size(); ++row) {
      if (taken[row]) bytes[row] = taking.part_of[classes.empty() ? 0 : classes[row]];
    }
    return writer->Put(index, std::move(bytes));
  };
  RETURN_NOT_OK(TakeSmallestOfEach(taking.n, hashes, taking.classes, taking.last, assign, run));
  return writer->Finish(std::move(rows), parts);
}

std::unique_ptr<Stream> OpenPart(std::shared_ptr<const PartAssignment> assignment, uint8_t part) {
  return std::make_unique<PartStream>(std::move(assignment), part);
}

}  // namespace tideway::dataset
