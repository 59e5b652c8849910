// Columns as the numbers by which their distribution is told.
//
// Threads: functions are pure.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/base/error.h"

namespace tideway::dataset {

enum class NumberKind {
  kNone,     // structs, dictionaries and the like
  kNumbers,  // also booleans, as 0 and 1, and decimals
  kTimes,    // dates, times and durations, in their unit
  kLengths,  // of texts in characters, of bytes, of lists in items
};
NumberKind NumberKindOf(const arrow::DataType& type);

// One number a cell; nulls stay null, and are all there is for kNone. An integer that no double
// holds is rounded.
Result<std::shared_ptr<arrow::DoubleArray>> NumbersOf(const std::shared_ptr<arrow::Array>& values);

}  // namespace tideway::dataset
