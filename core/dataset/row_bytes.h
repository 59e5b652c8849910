// Rows as bytes that can be compared: what the identity of rows in memory is made of.
//
// Threads: functions are pure.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>

#include "core/dataset/stream.h"

namespace tideway::dataset {

// Rows that are hashed together, wherever those who gave them have cut them: where a table is cut
// must not show.
inline constexpr int64_t kHashedRows = 4096;

// The rows as one batch with buffers of its own, so that equal rows have equal bytes.
Result<BatchPtr> JoinRows(const arrow::Table& table);
// 32 hex digits of the bytes and the schema. `batch` is of JoinRows().
Result<std::string> HashRows(const BatchPtr& batch);

}  // namespace tideway::dataset
