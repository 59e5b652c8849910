// Arrays whose buffers depend on their values only: what stands in a buffer under a null, before an
// array's first value or in unused bits is whatever was there before.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/base/error.h"

namespace tideway::dataset {

// A copy of `array` in buffers of its own, zeros under nulls, at any depth. REQUIRES: no
// dictionaries.
Result<std::shared_ptr<arrow::Array>> Canonical(const std::shared_ptr<arrow::Array>& array);

}  // namespace tideway::dataset
