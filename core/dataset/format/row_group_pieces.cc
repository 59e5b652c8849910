#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/dataset/format/row_group_pieces_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {

Result<std::unique_ptr<RowGroupPieces>> RowGroupPieces::Open(const ParquetFileLayout& file,
                                                             int group, int64_t piece_rows) {
  std::unique_ptr<RowGroupPieces> pieces(new RowGroupPieces);
  ARROW_ASSIGN_OR_RAISE(pieces->reader_, OpenParquet(file.path, file.metadata, true));
  pieces->reader_->set_batch_size(piece_rows);
  // Without columns there are rows to count all the same.
  const auto columns = file.columns.empty() ? std::vector<std::vector<int>>(1) : file.columns;
  for (const std::vector<int>& leaves : columns) {
    ARROW_ASSIGN_OR_RAISE(auto reader, pieces->reader_->GetRecordBatchReader({group}, leaves));
    pieces->columns_.push_back({std::move(reader), nullptr});
  }
  return pieces;
}

Status RowGroupPieces::Start(const std::vector<std::unique_ptr<RowGroupPieces>>& groups) {
  std::vector<Column*> columns;
  for (const auto& group : groups) group->AddColumnsTo(columns);
  return Decode(columns);
}

void RowGroupPieces::AddColumnsTo(std::vector<Column*>& columns) {
  for (Column& column : columns_) columns.push_back(&column);
}

Status RowGroupPieces::Decode(const std::vector<Column*>& columns) {
  std::vector<Status> decoded(columns.size());
  ParallelFor(columns.size(), [&](size_t i) {
    BatchPtr& rows = columns[i]->rows;
    if (rows == nullptr) decoded[i] = columns[i]->reader->ReadNext(&rows);
  });
  for (const Status& status : decoded) RETURN_NOT_OK(status);
  return Status::OK();
}

BatchPtr RowGroupPieces::Take(int64_t rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (Column& column : columns_) {
    const BatchPtr piece = column.rows->Slice(0, rows);
    fields.insert(fields.end(), piece->schema()->fields().begin(), piece->schema()->fields().end());
    arrays.insert(arrays.end(), piece->columns().begin(), piece->columns().end());
    column.rows = rows < column.rows->num_rows() ? column.rows->Slice(rows) : nullptr;
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(arrays));
}

Result<BatchPtr> RowGroupPieces::Next() {
  std::vector<Column*> columns;
  AddColumnsTo(columns);
  RETURN_NOT_OK(Decode(columns));
  int64_t rows = INT64_MAX;
  size_t ended = 0;
  for (const Column& column : columns_) {
    if (column.rows == nullptr) {
      ++ended;
    } else {
      rows = std::min(rows, column.rows->num_rows());
    }
  }
  if (ended == 0) return Take(rows);
  if (ended == columns_.size()) return nullptr;
  return Status::Invalid("columns of one row group differ in length");
}

}  // namespace tideway::dataset
