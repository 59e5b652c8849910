// A join of any size in bounded memory: both sides are dealt out by key, parts of them joined one
// by one, and the rows that come out merged into their order.
#pragma once

#include <memory>

#include "core/dataset/batch_store.h"
#include "core/dataset/op/join_rows.h"

namespace tideway::dataset {

struct SpilledJoin {
  std::unique_ptr<Stream> rows;
  int64_t rows_in = 0;  // of the left
  int64_t rows_out = 0;
};

// `right` is not needed afterwards.
Result<SpilledJoin> JoinSpilled(Stream& left, std::shared_ptr<const BatchStore> right,
                                const JoinColumns& columns, bool unique_right, RunContext& run);

}  // namespace tideway::dataset
