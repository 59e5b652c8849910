// Keys as bytes that do not depend on where rows come from: an integer column of any width, a date
// or a timestamp hashes by its value, a string or binary column by its bytes.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

// OK when columns of `type` can be keys: booleans, integers, dates, times, timestamps, strings,
// binary. The error's first word is `operation`.
Status CheckKeyType(const arrow::DataType& type, std::string_view column,
                    std::string_view operation);

// One hash per row; null rows get 0. Integers go through Mix64, so distinct ones never collide.
// REQUIRES: a type that CheckKeyType accepts.
Result<std::vector<uint64_t>> HashKeys(const arrow::Array& column, uint64_t seed);

// The key in `row`, which is not null, as bytes: integers as eight bytes, big-endian and in signed
// types with the sign bit turned, so that the keys of a column sort by value.
Result<std::string> KeyBytes(const arrow::Array& column, int64_t row);

}  // namespace tideway::dataset
