#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include "core/base/hash.h"
#include "core/dataset/format/sources.h"
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
    return Morsel([batch](Worker&) -> Result<BatchPtr> { return batch; });
  }

 private:
  std::shared_ptr<arrow::Table> table_;
  arrow::TableBatchReader reader_;
};

class TableSource : public Node {
 public:
  explicit TableSource(std::shared_ptr<arrow::Table> table) : table_(std::move(table)) {}

  std::string_view op() const override { return "from_rows"; }
  std::string Describe() const override { return fmt::format("{} rows", table_->num_rows()); }
  Result<std::string> Identity(RunContext&) const override {
    // Chunks are joined first: where a table is cut must not show.
    ARROW_ASSIGN_OR_RAISE(const auto whole, table_->CombineChunks());
    ARROW_ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
    ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeStreamWriter(out, whole->schema()));
    RETURN_NOT_OK(writer->WriteTable(*whole));
    RETURN_NOT_OK(writer->Close());
    ARROW_ASSIGN_OR_RAISE(const auto bytes, out->Finish());
    return Hash128Hex(bytes->ToString());
  }
  Result<SchemaPtr> schema(RunContext&) const override { return table_->schema(); }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    return std::make_unique<TableStream>(table_, run.batch_rows());
  }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override {
    return table_->num_rows();
  }

 private:
  std::shared_ptr<arrow::Table> table_;
};

}  // namespace

NodePtr FromTable(std::shared_ptr<arrow::Table> table) {
  return std::make_shared<TableSource>(std::move(table));
}

}  // namespace tideway::dataset
