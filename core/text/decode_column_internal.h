// Decoding of a column, and what was found in each of its rows.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string_view>

#include "core/dataset/op/filter_rows.h"
#include "core/text/decode.h"

namespace tideway::text::internal {

// The string type for a binary or string type, or an error of kind usage.
Result<std::shared_ptr<arrow::DataType>> DecodedType(const arrow::DataType& input);

// What each row came to be, beside its text. Asked for by columns that somebody wants.
struct Findings {
  Findings(int64_t count, bool counts) : tells_counts(counts), keep(count) {}
  const bool tells_counts;  // whether somebody wants to know of losses and line ends
  dataset::RowMask keep;
  std::vector<DecodedText> rows;  // without the texts; empty: all are UTF-8 as they are
};

// The texts. With OnUnknown::kDrop a row without text is null, not kept in `findings`, and counted
// as dropped by `worker`. `findings` may be null; then kDrop is as kNull.
Result<std::shared_ptr<arrow::Array>> DecodeColumn(const std::shared_ptr<arrow::Array>& column,
                                                   const DecodeOptions& options, Findings* findings,
                                                   dataset::Worker* worker);

std::string DecodeOptionsJson(const DecodeOptions& options);

}  // namespace tideway::text::internal
