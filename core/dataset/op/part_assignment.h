// Which part of a split each row is in: decided once, kept as one byte per row beside the rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/batch_store.h"
#include "core/dataset/op/split_sizes.h"

namespace tideway::dataset {

struct PartAssignment {
  std::shared_ptr<BatchStore> rows;
  std::shared_ptr<BatchStore> parts;  // one uint8 column, batch for batch: the part's index
  std::vector<int64_t> sizes;         // rows of each part
};

// The byte of rows in no part.
inline constexpr uint8_t kNoPart = 255;

// Rows of a stratum are ordered by the hash of (position, seed), which is distinct for each; the
// first go to the first part, the next to the second. `stratify` is a column, or empty.
Result<PartAssignment> AssignParts(std::shared_ptr<BatchStore> rows,
                                   const std::vector<SplitPart>& parts, const std::string& stratify,
                                   uint64_t seed, RunContext& run);

}  // namespace tideway::dataset
