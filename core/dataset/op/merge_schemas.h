// The columns of several inputs as those of one: what concat and mix have in common.
#pragma once

#include <string>

#include "core/dataset/stream.h"

namespace tideway::dataset {

// `first`, knowing of each column what either knows (nulls, features). An error of kind data where
// names, types or their order differ: "<misfit>: column `id` is int64 there and double here".
// `misfit` names both: "concat: input 2 does not fit the first".
Result<SchemaPtr> MergeSchemas(const SchemaPtr& first, const SchemaPtr& next,
                               const std::string& misfit);

}  // namespace tideway::dataset
