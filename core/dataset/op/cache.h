// cache: rows computed when they are first needed and kept for what needs them later.
//
// Counting a cached plan runs it, where counting a query or a file would ask the source and reading
// it would ask again. The rows lie in a BatchStore (in memory while the budget lasts, else in the
// scratch folder), found by the input's fingerprint, and go with the last plan that holds the node.
// With `keep` they lie in a file of the project's state instead (kept_rows.h), which later runs
// read: by the fingerprint too, so that rows which would be others are computed anew.
#pragma once

#include "core/dataset/node.h"

namespace tideway::dataset {

struct CacheOptions {
  bool keep = false;  // of no account where the run remembers nothing (RunOptions::memory_folder)
};

// Threads: who comes while another computes the rows waits for them.
NodePtr MakeCache(NodePtr input, CacheOptions options = {});

}  // namespace tideway::dataset
