// with and cast: columns that are computed from the columns of their row.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/dataset/expression/expression.h"
#include "core/dataset/node.h"

namespace tideway::dataset {

using NamedExpression = std::pair<std::string, ExpressionPtr>;

// Replaces the columns that are there, in their places, and adds the others behind, by name. Every
// expression sees the columns of the input. Errors (kind usage): no column given; the others when
// columns are asked for.
Result<NodePtr> MakeWith(NodePtr input, std::vector<NamedExpression> columns);
// Gives columns, all of them there, other types: pairs of column and type name.
Result<NodePtr> MakeCast(NodePtr input,
                         const std::vector<std::pair<std::string, std::string>>& types);

}  // namespace tideway::dataset
