#include "core/dataset/op/part_bytes.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <mutex>

#include "core/dataset/byte_count.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/filter_rows.h"

namespace tideway::dataset {
namespace {

// What the rows of one part have in one column of a simple type.
struct Sums {
  int64_t rows = 0;
  int64_t nulls = 0;
  int64_t bytes = 0;
  int64_t total() const { return bytes + (nulls > 0 ? (rows + 7) / 8 : 0); }
};

template <typename ArrayType>
void AddLengths(const arrow::Array& array, const uint8_t* part_of, std::vector<Sums>& sums) {
  const auto& texts = static_cast<const ArrayType&>(array);
  constexpr auto kOffsetBytes = static_cast<int64_t>(sizeof(typename ArrayType::offset_type));
  const bool nulls = array.null_count() > 0;
  for (int64_t row = 0; row < array.length(); ++row) {
    const bool empty = nulls && array.IsNull(row);  // what a null covers is not kept
    sums[part_of[row]].bytes += kOffsetBytes + (empty ? 0 : texts.value_length(row));
  }
}

bool IsText(const arrow::DataType& type) {
  return arrow::is_binary_like(type.id()) || arrow::is_large_binary_like(type.id());
}
bool IsFixed(const arrow::DataType& type) {
  return arrow::is_primitive(type.id()) && type.id() != arrow::Type::BOOL;
}

class PartByteCounter {
 public:
  explicit PartByteCounter(const PartAssignment& assignment)
      : assignment_(assignment), others_(assignment.sizes.size()) {
    const arrow::Schema& schema = *assignment.rows->schema();
    for (int i = 0; i < schema.num_fields(); ++i) {
      const arrow::DataType& type = *schema.field(i)->type();
      (IsText(type) || IsFixed(type) ? simple_ : copied_).push_back(i);
    }
    // One more than there are parts, for the rows in none.
    sums_.assign(simple_.size(), std::vector<Sums>(kNoPart + 1));
  }

  Status Add(int64_t index, const BatchPtr& batch) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr parts, assignment_.parts->Read(index));
    const auto* part_of = static_cast<const arrow::UInt8Array&>(*parts->column(0)).raw_values();
    std::vector<std::vector<Sums>> sums(simple_.size(), std::vector<Sums>(kNoPart + 1));
    for (size_t i = 0; i < simple_.size(); ++i) {
      AddColumn(*batch->column(simple_[i]), part_of, sums[i]);
    }
    RETURN_NOT_OK(AddCopied(batch, part_of));
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < sums.size(); ++i) {
      for (size_t part = 0; part <= kNoPart; ++part) {
        sums_[i][part].rows += sums[i][part].rows;
        sums_[i][part].nulls += sums[i][part].nulls;
        sums_[i][part].bytes += sums[i][part].bytes;
      }
    }
    return Status::OK();
  }

  std::vector<int64_t> Totals() const {
    std::vector<int64_t> totals;
    for (size_t part = 0; part < others_.size(); ++part) {
      totals.push_back(others_[part].total());
      for (const std::vector<Sums>& column : sums_) totals.back() += column[part].total();
    }
    return totals;
  }

 private:
  static void AddColumn(const arrow::Array& array, const uint8_t* part_of,
                        std::vector<Sums>& sums) {
    const arrow::DataType& type = *array.type();
    if (arrow::is_binary_like(type.id())) AddLengths<arrow::BinaryArray>(array, part_of, sums);
    if (arrow::is_large_binary_like(type.id())) {
      AddLengths<arrow::LargeBinaryArray>(array, part_of, sums);
    }
    const int64_t width = IsFixed(type) ? type.byte_width() : 0;
    const bool nulls = array.null_count() > 0;
    for (int64_t row = 0; row < array.length(); ++row) {
      Sums& sum = sums[part_of[row]];
      ++sum.rows;
      sum.bytes += width;
      if (nulls && array.IsNull(row)) ++sum.nulls;
    }
  }

  Status AddCopied(const BatchPtr& batch, const uint8_t* part_of) {
    if (copied_.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const BatchPtr columns, batch->SelectColumns(copied_));
    for (size_t part = 0; part < others_.size(); ++part) {
      RowMask mask(columns->num_rows());
      for (int64_t row = 0; row < mask.rows(); ++row) mask.Set(row, part_of[row] == part);
      ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, FilterRows(columns, mask));
      std::lock_guard lock(mutex_);
      others_[part].Add(*rows);
    }
    return Status::OK();
  }

  const PartAssignment& assignment_;
  std::vector<int> simple_;
  std::vector<int> copied_;
  std::mutex mutex_;
  std::vector<std::vector<Sums>> sums_;  // [simple column][part]
  std::vector<ByteCounter> others_;      // [part], over the copied columns
};

}  // namespace

Result<std::vector<int64_t>> CountPartBytes(const PartAssignment& assignment, RunContext& run) {
  PartByteCounter counter(assignment);
  const auto stream = assignment.rows->OpenStream();
  RETURN_NOT_OK(ForEachBatch(
      *stream,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) {
        return counter.Add(index, batch);
      },
      run, "split: sizes"));
  return counter.Totals();
}

}  // namespace tideway::dataset
