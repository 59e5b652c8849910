// filter(expression): keeps the rows for which a condition over their columns is true.
#pragma once

#include "core/dataset/expression/expression.h"
#include "core/dataset/node.h"

namespace tideway::dataset {

// Rows for which `condition` is false or null are dropped. Errors (kind usage, when columns are
// asked for): a condition that is not a bool, and what Expression::Bind refuses.
NodePtr MakeFilterBy(NodePtr input, ExpressionPtr condition);

}  // namespace tideway::dataset
