#include "core/dataset/row_bytes.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <utility>

#include "core/base/hash.h"

namespace tideway::dataset {

Result<BatchPtr> JoinRows(const arrow::Table& table) {
  arrow::ArrayVector columns;
  for (const auto& column : table.columns()) {
    arrow::ArrayVector chunks = column->chunks();
    ARROW_ASSIGN_OR_RAISE(auto none, arrow::MakeEmptyArray(column->type()));
    chunks.push_back(std::move(none));
    ARROW_ASSIGN_OR_RAISE(auto joined, arrow::Concatenate(chunks));
    columns.push_back(std::move(joined));
  }
  return arrow::RecordBatch::Make(table.schema(), table.num_rows(), std::move(columns));
}

Result<std::string> HashRows(const BatchPtr& batch) {
  ARROW_ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeStreamWriter(out, batch->schema()));
  RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(const auto bytes, out->Finish());
  return Hash128Hex(std::string_view(*bytes));
}

}  // namespace tideway::dataset
