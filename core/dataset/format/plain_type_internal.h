// Types and arrays without dictionaries, at any depth: files of one dataset rarely share them, and
// no barrier can keep them.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/base/error.h"

namespace tideway::dataset {

// `type` with the values of each dictionary in its place: list<dictionary<string>> is list<string>.
// `type` itself when it has none.
std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type);

// `array` in PlainType of its type; `array` itself when it has no dictionary.
Result<std::shared_ptr<arrow::Array>> DecodeDictionaries(
    const std::shared_ptr<arrow::Array>& array);

}  // namespace tideway::dataset
