// map(column, kernel): applies a native column function to one column, in place or as a new one.
#pragma once

#include <string>

#include "core/dataset/node.h"

namespace tideway::dataset {

// `as`: of a new column, at the end; empty: the result takes the place of `column`.
NodePtr MakeMapColumn(NodePtr input, std::string column, KernelPtr kernel, std::string as = {});

}  // namespace tideway::dataset
