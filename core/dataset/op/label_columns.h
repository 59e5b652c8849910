// Columns of numbers as class labels: the names come with the column (features.h), so that a
// published dataset declares it as a ClassLabel. For files that do not carry the names themselves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// Names by column (int64): value k stands for the k-th. Rows stay as they are; columns that are not
// there or hold something else do too.
NodePtr MakeLabelColumns(NodePtr input, std::map<std::string, std::vector<std::string>> names);

}  // namespace tideway::dataset
