// What a join on disk gives: what was found for left rows, in their order, beside these rows.
//
// What was found is a row with the place of its left row, then the right cells; its key in the runs
// is PlaceKey(). Places are in the order of the left rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/dataset/batch_store.h"
#include "core/dataset/op/sorted_runs.h"

namespace tideway::dataset {

std::string PlaceKey(uint64_t place);

// With left rows that are kept. The place of each.
uint64_t PlaceInStore(int64_t batch, uint32_t row);
// REQUIRES: `found` is cut into pieces.
std::unique_ptr<Stream> JoinStored(std::shared_ptr<const SortedRuns> found,
                                   std::shared_ptr<const BatchStore> left, SchemaPtr schema);

// With left rows that are read now: places are their numbers, from 0. Cuts `found`, of which a row
// has about `found_bytes`. An error of kind data when `left` ends before or after `left_rows`.
// REQUIRES: `left` tells the rows of its morsels. What its steps count is forgotten.
Result<std::unique_ptr<Stream>> JoinRead(std::shared_ptr<SortedRuns> found, int64_t found_bytes,
                                         std::unique_ptr<Stream> left, int64_t left_rows,
                                         SchemaPtr schema, RunContext& run);

}  // namespace tideway::dataset
