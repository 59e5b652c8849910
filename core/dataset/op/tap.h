// tap: rows pass, and are counted under a name as a step of their own: in the receipt, and in what
// `tideway run` prints.
#pragma once

#include <string>

#include "core/dataset/node.h"

namespace tideway::dataset {

// An error of kind usage unless `name` is one line of 1 to 100 bytes.
Result<NodePtr> MakeTap(NodePtr input, std::string name);

}  // namespace tideway::dataset
