// The columns of a row function: what Arrow types it can read and write, and how its results
// become arrays.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/binding/udf_kernels.h"
#include "core/dataset/stream.h"

namespace tideway::binding {

// The reader in cdata.lua for `type`: "int64", "text". Empty when it cannot be read.
std::string ReadKind(const arrow::DataType& type);
// The writer for `type`; empty when it cannot be written.
std::string WriteKind(const arrow::DataType& type);
// The type that a column is cast to before it is read: a dictionary's values, a decimal as text;
// null where none is needed.
std::shared_ptr<arrow::DataType> ReadableType(const arrow::DataType& type);

// A column that the function gives.
struct RowOutput {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  int input = -1;                      // the column it replaces; -1: a new one
  std::string remedy;                  // ends the error about a value of another type; may be empty
  std::string_view operation = "map";  // begins errors
};

// The memory that one batch of results is written to: handed over to Arrow without a copy.
class RowResults {
 public:
  // `text_bytes`: how much text to expect in each output, as the last batch's text_bytes() says.
  static Result<RowResults> Allocate(const std::vector<RowOutput>& outputs, int64_t rows,
                                     const std::vector<int64_t>& text_bytes);
  std::vector<int64_t> text_bytes() const;
  TidewayColumn* columns() { return columns_.data(); }
  // Leaves the first `rows` rows of as many as were allocated; row i belongs to row parents[i] of
  // the input, which errors name. `parents` must outlive this.
  Status Truncate(int64_t rows, std::span<const uint32_t> parents);
  // Whether some row of output `index` has no value of its own.
  bool LacksValues(size_t index) const;
  // The array of output `index`. A row whose state is "not given" has the cell of `old`, null
  // without one. Errors (kind script): text that is not UTF-8 in a string column, with the row.
  Result<std::shared_ptr<arrow::Array>> Finish(size_t index, const RowOutput& output,
                                               const std::shared_ptr<arrow::Array>& old);

 private:
  struct Slot {
    std::vector<uint8_t> state;
    std::shared_ptr<arrow::ResizableBuffer> values;
    std::unique_ptr<TextBuilder> builder;
  };
  int64_t rows_ = 0;
  std::span<const uint32_t> parents_;  // empty: the rows are those of the input
  std::vector<Slot> slots_;
  std::vector<TidewayColumn> columns_;
};

}  // namespace tideway::binding
