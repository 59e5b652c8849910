// The broken records of a block of CSV, for sources that leave them out.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/csv_column_internal.h"
#include "core/dataset/format/text_source_internal.h"

namespace tideway::dataset {

struct CsvBroken {
  std::vector<int64_t> records;  // their numbers in the block, from 0, in order
  DropCounts reasons;
};

// A column of a file, with its type where one is declared.
struct CsvDeclared {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
};

// An error of kind data when a quote is never closed.
Result<CsvBroken> FindBrokenCsv(std::string_view op, const TextBlock& block, char delimiter,
                                const std::vector<CsvDeclared>& columns, const CsvNulls& nulls);

// The records of a block but for some, `broken.records` of FindBrokenCsv.
class KeptCsvRecords {
 public:
  KeptCsvRecords(std::string_view op, const TextBlock& block, char delimiter,
                 const std::vector<int64_t>& left_out)
      : records_(op, block, delimiter), left_out_(left_out) {}

  // As CsvRecords has them.
  Result<bool> Next(std::vector<CsvCell>& cells);
  size_t start() const { return records_.start(); }

 private:
  CsvRecords records_;
  const std::vector<int64_t>& left_out_;
  size_t next_left_out_ = 0;
  int64_t record_ = 0;
};

}  // namespace tideway::dataset
