// Decoding of a column, and what was found in each of its rows.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/text/decode.h"

namespace tideway::text::internal {

// The string type for a binary or string type, or an error of kind usage.
Result<std::shared_ptr<arrow::DataType>> DecodedType(const arrow::DataType& input);

// What each row came to be, beside its text. Asked for by columns that somebody wants.
struct Findings {
  bool tells_counts = false;           // whether somebody wants to know of losses and line ends
  std::vector<DecodedText> rows = {};  // without the texts; empty: all are UTF-8 as they are
};

// The texts. With OnUnknown::kDrop a row without text is null, as with kNull. `findings` may be
// null.
Result<std::shared_ptr<arrow::Array>> DecodeColumn(const std::shared_ptr<arrow::Array>& column,
                                                   const DecodeOptions& options,
                                                   Findings* findings);

std::string DecodeOptionsJson(const DecodeOptions& options);

}  // namespace tideway::text::internal
