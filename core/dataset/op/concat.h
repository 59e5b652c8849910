// concat: the rows of several plans, one plan after another.
#pragma once

#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// At least one input. Their columns must have the same names and types in the same order, else
// schema() and Open() fail with an error of kind data that names the column and both types; a
// column is nullable when it is in any input. An input is opened when its turn comes.
NodePtr MakeConcat(std::vector<NodePtr> inputs);

}  // namespace tideway::dataset
