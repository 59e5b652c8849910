// select, drop, rename: which columns go on, in which order, under which names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// `input`, or the same for a caller who looks at these columns only (Node::Narrow).
NodePtr Narrowed(NodePtr input, const std::vector<std::string>& columns);
// An operator like this one, made by `make` over its input for `columns` and those that the
// operator looks at itself; null where that is no less work. What Node::Narrow of most operators is
// made of.
template <typename Make>
NodePtr NarrowBelow(const Node& node, std::vector<std::string> columns,
                    const std::vector<std::string>& own, const Make& make) {
  columns.insert(columns.end(), own.begin(), own.end());
  NodePtr input = node.inputs()[0]->Narrow(columns);
  return input == nullptr ? nullptr : make(std::move(input));
}

// Keeps the named columns, in the order given.
NodePtr MakeSelect(NodePtr input, std::vector<std::string> columns);
// Leaves the named columns out.
NodePtr MakeDrop(NodePtr input, std::vector<std::string> columns);
// Gives columns new names: pairs of old and new.
NodePtr MakeRename(NodePtr input, std::vector<std::pair<std::string, std::string>> names);

}  // namespace tideway::dataset
