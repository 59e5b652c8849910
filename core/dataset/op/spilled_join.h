// A join of any size in bounded memory. The left rows stay in their order: on disk, or where they
// came from. Only their keys are dealt out, with the places of the rows, beside the right rows;
// parts of these are joined one by one. What is found is merged into the order of the places, and
// the left rows read once more.
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

struct LeftSide {
  std::unique_ptr<Stream> rows;
  // The same rows with the columns of their keys alone, the others null; then `rows` are read last,
  // and have to tell the rows of each morsel. Null: `rows` are read first, and kept.
  std::unique_ptr<Stream> keys = nullptr;
};

// `right` is not needed afterwards.
Result<SpilledJoin> JoinSpilled(LeftSide left, std::shared_ptr<const BatchStore> right,
                                const JoinColumns& columns, bool unique_right, RunContext& run);

}  // namespace tideway::dataset
