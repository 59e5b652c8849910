// Rows from several batches, in any order, as one batch.
#pragma once

#include <cstdint>
#include <span>

#include "core/dataset/stream.h"

namespace tideway::dataset {

struct RowRef {
  uint32_t batch;  // which of the batches
  uint32_t row;    // which of its rows
};

// The rows that `rows` names, in that order; the same row may be named again. Each cell is copied
// once. REQUIRES: every batch has the schema.
Result<BatchPtr> GatherRows(const SchemaPtr& schema, std::span<const BatchPtr> batches,
                            std::span<const RowRef> rows);

}  // namespace tideway::dataset
