// Sorting any number of rows in bounded memory: what sort and shuffle share.
//
// First pass: batches are kept and the keys of each sorted, until the budget is full; such a group
// is merged into one run on disk, and the next begins. Second pass: the runs are merged in pieces,
// by all workers. Rows that fit in the budget are written nowhere and copied once.
#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <string_view>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

// The key of each row of a batch, by which it is sorted; no key may be the beginning of another.
// `first_row` is the position of the first row in the input. Called by any worker.
using KeysOf = std::function<Result<std::shared_ptr<arrow::BinaryArray>>(
    const arrow::RecordBatch& batch, int64_t first_row)>;

struct SortedRows {
  std::unique_ptr<Stream> stream;
  int64_t rows;
};
// The rows of `input` in the order of their keys, equal keys as in the input. `stage` is the name
// for progress lines.
Result<SortedRows> SortRows(Stream& input, const KeysOf& keys_of, RunContext& run,
                            std::string_view stage);

}  // namespace tideway::dataset
