#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/page_index.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/dataset/byte_count.h"
#include "core/dataset/format/distant_groups_internal.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/row_group_pieces_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {
namespace {

// The greatest number up to `most` for which `fits` holds, as it does for all smaller ones; 1 where
// it holds for none.
template <typename Fits>
int64_t MostThatFit(int64_t most, const Fits& fits) {
  int64_t least = 1;
  while (least < most) {
    const int64_t middle = most - (most - least) / 2;
    if (fits(middle)) {
      least = middle;
    } else {
      most = middle - 1;
    }
  }
  return least;
}

// The pages of a column chunk: the row that each begins with, and what it takes in memory.
struct Pages {
  std::vector<int64_t> first_rows;
  std::vector<int64_t> bytes;
};

// What the pages take that any `rows` rows in a row lie in.
int64_t HeaviestRows(const Pages& pages, int64_t rows) {
  int64_t heaviest = 0;
  int64_t sum = 0;
  size_t end = 0;
  for (size_t begin = 0; begin < pages.bytes.size(); ++begin) {
    while (end < pages.bytes.size() && pages.first_rows[end] < pages.first_rows[begin] + rows) {
      sum += pages.bytes[end++];
    }
    heaviest = std::max(heaviest, sum);
    sum -= pages.bytes[begin];
  }
  return heaviest;
}

// The most rows, up to `rows`, that take no more than `bytes` wherever they lie, or twice the
// largest page, which is decoded whole.
int64_t RowsAtOnce(const Pages& pages, int64_t rows, int64_t bytes) {
  if (pages.bytes.empty()) return rows;
  bytes = std::max(bytes, 2 * *std::ranges::max_element(pages.bytes));
  return MostThatFit(rows, [&](int64_t some) { return HeaviestRows(pages, some) <= bytes; });
}

// Of texts, where the file tells what they take.
Pages PagesOf(parquet::RowGroupPageIndexReader& index, int leaf) {
  const auto offsets = index.GetOffsetIndex(leaf);
  if (offsets == nullptr) return {};
  Pages pages{{}, offsets->unencoded_byte_array_data_bytes()};
  for (const auto& page : offsets->page_locations())
    pages.first_rows.push_back(page.first_row_index);
  return pages.first_rows.size() == pages.bytes.size() ? pages : Pages{};
}

// How many rows of `group` to decode at once. A mean says little: files of code, say, lie among
// tables of some MB.
int64_t RowsAtOnce(parquet::ParquetFileReader& reader, const ParquetFileLayout& file, int group,
                   int64_t rows, int64_t bytes) {
  if (DistantFileAt(file.path) != nullptr) return rows;  // the index would have to be fetched
  try {
    const auto indexes = reader.GetPageIndexReader();
    const auto index = indexes == nullptr ? nullptr : indexes->RowGroup(group);
    if (index == nullptr) return rows;
    for (const int leaf : file.leaves) rows = RowsAtOnce(PagesOf(*index, leaf), rows, bytes);
    return rows;
  } catch (const parquet::ParquetException&) {
    return rows;  // the rows may be read without it
  }
}

// The most rows of `batch` from its first on that take no more than `bytes`; at least one.
int64_t RowsWithin(const arrow::RecordBatch& batch, int64_t bytes) {
  const int64_t rows = batch.num_rows();
  if (rows <= 1 || BatchBytes(batch) <= bytes) return rows;
  return MostThatFit(rows,
                     [&](int64_t some) { return BatchBytes(*batch.Slice(0, some)) <= bytes; });
}

}  // namespace

Result<std::unique_ptr<RowGroupPieces>> RowGroupPieces::Open(const ParquetFileLayout& file,
                                                             int group, int64_t row_bytes,
                                                             int64_t most_rows,
                                                             int64_t most_bytes) {
  std::unique_ptr<RowGroupPieces> pieces(new RowGroupPieces);
  pieces->most_bytes_ = most_bytes;
  ARROW_ASSIGN_OR_RAISE(pieces->reader_, OpenParquet(file.path, file.metadata, true));
  const int64_t rows = std::clamp<int64_t>(most_bytes / row_bytes, 1, most_rows);
  pieces->reader_->set_batch_size(
      RowsAtOnce(*pieces->reader_->parquet_reader(), file, group, rows, most_bytes));
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
  for (const Column& column : columns_) {
    if (ended == 0) rows = RowsWithin(*column.rows->Slice(0, rows), most_bytes_);
  }
  if (ended == 0) return Take(rows);
  if (ended == columns_.size()) return nullptr;
  return Status::Invalid("columns of one row group differ in length");
}

}  // namespace tideway::dataset
