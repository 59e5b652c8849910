// Types and arrays without dictionaries, which files of one dataset rarely share and no barrier can
// keep, and without views, which are a matter of layout; at any depth.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/base/error.h"

namespace tideway::dataset {

// `type` with the values of each dictionary in its place, and the plain type of each view:
// list<dictionary<string_view>> is list<string>. `type` itself when it has neither.
std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type);

// `array` in PlainType of its type; `array` itself when that is its type.
Result<std::shared_ptr<arrow::Array>> DecodeDictionaries(
    const std::shared_ptr<arrow::Array>& array);

}  // namespace tideway::dataset
