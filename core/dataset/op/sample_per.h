// A sample of each stratum on its own: the exact number of rows from each.
#pragma once

#include <memory>

#include "core/dataset/op/part_assignment.h"
#include "core/dataset/op/sample.h"

namespace tideway::dataset {

// The rows that are taken are part 0. A stratum is a combination of values of options.per; without
// them all rows are one. Keeps nothing but a few bytes per row beside `rows`. Errors of kind data
// as SampleHash has them, and for more than 65,535 strata.
Result<PartAssignment> SamplePer(std::shared_ptr<BatchStore> rows, const SampleOptions& options,
                                 RunContext& run);

}  // namespace tideway::dataset
