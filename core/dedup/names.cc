#include "core/dedup/names.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "core/dataset/columns.h"
#include "core/dataset/op/gather.h"

namespace tideway::dedup {

Result<std::shared_ptr<arrow::DataType>> Names::TypeIn(const arrow::Schema& schema,
                                                       const std::string& column,
                                                       std::string_view operation) {
  if (column.empty()) return arrow::int64();
  ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(schema, column, operation));
  return schema.field(index)->type();
}

Result<Names> Names::Make(const Documents& documents, const std::string& column) {
  Names names;
  names.documents_ = &documents;
  if (column.empty()) return names;
  for (size_t part = 0; part < documents.parts(); ++part) {
    const dataset::BatchStore& rows = documents.rows(part);
    ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(*rows.schema(), column, "dedup"));
    const auto schema = arrow::schema({rows.schema()->field(index)->WithNullable(true)});
    if (names.schema_ == nullptr) names.schema_ = schema;
    names.first_batches_.push_back(names.batches_.size());
    for (int64_t i = 0; i < rows.batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, rows.Read(i));
      names.batches_.push_back(
          arrow::RecordBatch::Make(names.schema_, batch->num_rows(), {batch->column(index)}));
    }
  }
  return names;
}

Result<std::shared_ptr<arrow::Array>> Names::Of(std::span<const uint32_t> documents) const {
  if (schema_ == nullptr) {
    arrow::Int64Builder numbers;
    RETURN_NOT_OK(numbers.Reserve(static_cast<int64_t>(documents.size())));
    for (const uint32_t document : documents) numbers.UnsafeAppend(document);
    return numbers.Finish();
  }
  std::vector<dataset::RowRef> rows;
  rows.reserve(documents.size());
  for (const uint32_t document : documents) {
    const auto place = documents_->PlaceOf(document);
    rows.push_back(
        {static_cast<uint32_t>(first_batches_[place.part] + static_cast<size_t>(place.batch)),
         static_cast<uint32_t>(place.row)});
  }
  ARROW_ASSIGN_OR_RAISE(const auto batch, dataset::GatherRows(schema_, batches_, rows));
  return batch->column(0);
}

}  // namespace tideway::dedup
