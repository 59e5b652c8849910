// How a split decides the part of each row (see split.h for the rules).
#pragma once

#include <memory>

#include "core/dataset/op/part_assignment.h"
#include "core/dataset/op/split.h"

namespace tideway::dataset {

// `options` as MakeSplit has checked them; `seed` is the one behind every choice.
Result<PartAssignment> AssignParts(std::shared_ptr<BatchStore> rows, const SplitOptions& options,
                                   uint64_t seed, RunContext& run);

}  // namespace tideway::dataset
