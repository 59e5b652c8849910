// Makes sure that string columns hold UTF-8, as Arrow's types promise: decoders do not look, and a
// damaged page must not pass as text.
#pragma once

#include <arrow/type_fwd.h>

#include "core/base/error.h"

namespace tideway::dataset {

// An error (Invalid) that names the column when text in it, at any depth, is not UTF-8.
Status CheckText(const arrow::RecordBatch& batch);

}  // namespace tideway::dataset
