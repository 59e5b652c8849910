// map(column, kernel): applies a native column function to one column, in place.
#pragma once

#include <string>

#include "core/dataset/node.h"

namespace tideway::dataset {

NodePtr MakeMapColumn(NodePtr input, std::string column, KernelPtr kernel);

}  // namespace tideway::dataset
