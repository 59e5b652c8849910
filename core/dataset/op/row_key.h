// Cells of one or several columns as one string of bytes per row that sorts as the rows do, and is
// equal where they are: compare with memcmp, the shorter of two equal beginnings first.
//
// The order: numbers, dates and times by value, false before true, text and binary by their bytes
// (which for UTF-8 is the order of code points). -0.0 equals 0.0; NaN equals NaN and comes after
// all other numbers. Nulls are equal to each other and come last, or first where that is asked for,
// whichever the direction.
//
// Format: per column a byte that tells null from value, then the value: integers big-endian with
// the sign bit turned, floats likewise with the other bits of negative ones turned too, strings
// with 0x00 written as 0x00 0xFF and 0x00 0x00 at the end. Descending values have all bits turned.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

struct SortKey {
  std::string column;
  bool descending = false;
  bool nulls_first = false;
};

class RowKeys {
 public:
  // Errors of kind usage, with `operation` as the first word: a column that is not there, one named
  // twice, or of a type without an order (lists, structs, dictionaries ...).
  static Result<RowKeys> Make(const arrow::Schema& schema, const std::vector<SortKey>& keys,
                              std::string_view operation);
  // One key for each row of a batch with that schema.
  Result<std::shared_ptr<arrow::BinaryArray>> Encode(const arrow::RecordBatch& batch) const;

 private:
  struct Column {
    int index;
    bool descending;
    bool nulls_first;
  };
  explicit RowKeys(std::vector<Column> columns) : columns_(std::move(columns)) {}

  std::vector<Column> columns_;
};

// The columns of stores of keys: {key: binary, row: uint32}, the row being one of some batch.
SchemaPtr KeyRowSchema();

}  // namespace tideway::dataset
