#include "core/dataset/op/row_marks.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include <atomic>
#include <bit>

#include "core/dataset/op/filter_rows.h"

namespace tideway::dataset {
namespace {

class MarkedRows : public Stream {
 public:
  MarkedRows(std::shared_ptr<const BatchStore> rows, std::shared_ptr<const RowMarks> marks)
      : rows_(std::move(rows)), marks_(std::move(marks)) {}
  const SchemaPtr& schema() const override { return rows_->schema(); }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(rows_->batches());
  }
  Result<Morsel> Next() override {
    if (next_ == rows_->batches()) return Morsel();
    return Morsel([this, index = next_++](Worker&) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, rows_->Read(index));
      return FilterRows(batch, marks_->Of(index, batch->num_rows()));
    });
  }

 private:
  const std::shared_ptr<const BatchStore> rows_;
  const std::shared_ptr<const RowMarks> marks_;
  int64_t next_ = 0;
};

}  // namespace

Result<std::shared_ptr<RowMarks>> RowMarks::Create(const BatchStore& rows,
                                                   std::string_view operation, RunContext& run) {
  std::shared_ptr<RowMarks> marks(new RowMarks(run.shared_budget()));
  for (int64_t index = 0; index < rows.batches(); ++index) {
    const auto words = static_cast<size_t>(rows.batch_rows(index) + 63) / 64;
    if (!marks->memory_.TryReserve(static_cast<int64_t>(words * 8))) {
      return marks->memory_.Exhausted(std::string(operation) + ": a bit for each row")
          .Hint("raise --memory");
    }
    marks->words_.emplace_back(words);
  }
  return marks;
}

void RowMarks::Mark(uint32_t batch, uint32_t row) {
  std::atomic_ref(words_[batch][row / 64])
      .fetch_or(uint64_t{1} << (row % 64), std::memory_order_relaxed);
}

arrow::BooleanArray RowMarks::Of(int64_t batch, int64_t rows) const {
  static_assert(std::endian::native == std::endian::little);
  return {rows, arrow::Buffer::Wrap(words_[static_cast<size_t>(batch)])};
}

std::unique_ptr<Stream> OpenMarked(std::shared_ptr<const BatchStore> rows,
                                   std::shared_ptr<const RowMarks> marks) {
  return std::make_unique<MarkedRows>(std::move(rows), std::move(marks));
}

}  // namespace tideway::dataset
