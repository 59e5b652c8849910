#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/row_bytes.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

class TableStream : public Stream {
 public:
  TableStream(std::shared_ptr<arrow::Table> table, int64_t batch_rows)
      : table_(std::move(table)), reader_(*table_) {
    reader_.set_chunksize(batch_rows);
  }
  const SchemaPtr& schema() const override { return table_->schema(); }
  Result<Morsel> Next() override {
    BatchPtr batch;
    RETURN_NOT_OK(reader_.ReadNext(&batch));
    if (batch == nullptr) return Morsel();
    rows_ = batch->num_rows();
    return Morsel([batch](Worker&) -> Result<BatchPtr> { return batch; });
  }
  std::optional<int64_t> MorselRows() const override { return rows_; }

 private:
  std::shared_ptr<arrow::Table> table_;
  arrow::TableBatchReader reader_;
  int64_t rows_ = 0;
};

class TableSource : public Node {
 public:
  explicit TableSource(std::shared_ptr<arrow::Table> table) : table_(std::move(table)) {}

  std::string_view op() const override { return "from_rows"; }
  std::string Describe() const override { return fmt::format("{} rows", table_->num_rows()); }
  // Computed once: the table never changes.
  Result<std::string> Identity(RunContext&) const override {
    std::lock_guard lock(mutex_);
    if (identity_.empty()) {
      ARROW_ASSIGN_OR_RAISE(identity_, HashTable());
    }
    return identity_;
  }
  Result<SchemaPtr> schema(RunContext&) const override { return table_->schema(); }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    return std::make_unique<TableStream>(table_, run.batch_rows());
  }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override {
    return table_->num_rows();
  }

 private:
  Result<std::string> HashTable() const {
    std::string hashes;
    int64_t row = 0;
    do {
      ARROW_ASSIGN_OR_RAISE(const auto batch, JoinRows(*table_->Slice(row, kHashedRows)));
      ARROW_ASSIGN_OR_RAISE(const std::string hash, HashRows(batch));
      hashes += hash;
      row += kHashedRows;
    } while (row < table_->num_rows());
    return Hash128Hex(hashes);
  }

  const std::shared_ptr<arrow::Table> table_;
  mutable std::mutex mutex_;
  mutable std::string identity_;
};

}  // namespace

NodePtr FromTable(std::shared_ptr<arrow::Table> table) {
  return std::make_shared<TableSource>(std::move(table));
}

}  // namespace tideway::dataset
