// What a CSV cell may be, and columns of cells as Arrow arrays.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/format/csv_records_internal.h"

namespace tideway::dataset {

// The types that all cells of a column fit, as bits.
enum CsvKinds : uint8_t { kCsvInt = 1, kCsvFloat = 2, kCsvBool = 4, kCsvAny = 7 };

// The bits for one cell that is not null. Text only: 0.
uint8_t CsvKindsOf(std::string_view text);
// The type for the bits of all cells; kCsvAny, with `seen` false, when there was no cell: string.
std::shared_ptr<arrow::DataType> CsvTypeOf(uint8_t kinds, bool seen);

using CsvNulls = std::set<std::string, std::less<>>;

class CsvColumn {
 public:
  static Result<std::unique_ptr<CsvColumn>> Make(const std::shared_ptr<arrow::DataType>& type,
                                                 const CsvNulls& nulls);
  ~CsvColumn();
  // False when the cell is not of the column's type.
  Result<bool> Append(const CsvCell& cell);
  Status AppendNull();
  // For types that are converted as a whole, `bad_rows` are those that do not fit, in order; when
  // there are some, the result is null.
  Result<std::shared_ptr<arrow::Array>> Finish(std::vector<int64_t>& bad_rows);

 private:
  CsvColumn(std::shared_ptr<arrow::DataType> type, const CsvNulls& nulls);
  bool IsNull(const CsvCell& cell) const;

  const std::shared_ptr<arrow::DataType> type_;
  const CsvNulls& nulls_;
  std::unique_ptr<arrow::ArrayBuilder> builder_;  // of strings, where type_ is converted to later
  std::string scratch_;
};

}  // namespace tideway::dataset
