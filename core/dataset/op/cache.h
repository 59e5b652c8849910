// cache: rows computed when they are first needed and kept for what needs them later.
//
// Counting a cached plan runs it, where counting a query or a file would ask the source and reading
// it would ask again. The rows lie in a BatchStore (in memory while the budget lasts, else in the
// scratch folder), found by the input's fingerprint, and go with the last plan that holds the node.
#pragma once

#include "core/dataset/node.h"

namespace tideway::dataset {

// Threads: who comes while another computes the rows waits for them.
NodePtr MakeCache(NodePtr input);

}  // namespace tideway::dataset
