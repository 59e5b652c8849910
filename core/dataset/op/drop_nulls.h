// filter { not_null = ... }: leaves out rows in which one of the columns is null, and counts them
// by column.
#pragma once

#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// A row with several nulls is counted once, for the first column that has one: reason "department
// is null".
NodePtr MakeDropNulls(NodePtr input, std::vector<std::string> columns);

}  // namespace tideway::dataset
