// select, drop, rename: which columns go on, in which order, under which names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// `input`, or the same reading only `columns` where that is less work (Node::Narrow).
NodePtr Narrowed(NodePtr input, const std::vector<std::string>& columns);

// Keeps the named columns, in the order given.
NodePtr MakeSelect(NodePtr input, std::vector<std::string> columns);
// Leaves the named columns out.
NodePtr MakeDrop(NodePtr input, std::vector<std::string> columns);
// Gives columns new names: pairs of old and new.
NodePtr MakeRename(NodePtr input, std::vector<std::pair<std::string, std::string>> names);

}  // namespace tideway::dataset
