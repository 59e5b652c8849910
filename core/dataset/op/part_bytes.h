// How many Arrow bytes the rows of each part of a split have (byte_count.h), without making them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/dataset/op/part_assignment.h"

namespace tideway::dataset {

// One number per part, equal to what a ByteCounter would say of the part's rows. Reads lengths and
// validity of the kept rows; copies only columns that are neither text nor of fixed width.
Result<std::vector<int64_t>> CountPartBytes(const PartAssignment& assignment, RunContext& run);

}  // namespace tideway::dataset
