// filter(column, rules): leaves out rows whose value fails a rule, and counts them by rule.
#pragma once

#include <string>

#include "core/dataset/node.h"

namespace tideway::dataset {

// `rules` gives the name of the rule that a value of the column fails, and null for one that
// passes; so a null stays. Errors of kind usage, when columns are asked for: a kernel that gives no
// strings.
NodePtr MakeFilterByRules(NodePtr input, std::string column, KernelPtr rules);

}  // namespace tideway::dataset
