// Which part of a split each row is in: decided once, kept as one byte per row beside the rows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/dataset/batch_store.h"
#include "core/dataset/op/row_hashes.h"

namespace tideway::dataset {

struct PartAssignment {
  std::shared_ptr<BatchStore> rows;
  std::shared_ptr<BatchStore> parts;  // one uint8 column, batch for batch: the part's index
  std::vector<int64_t> sizes;         // rows of each part
  std::vector<int64_t> over_cap;      // rows that its cap left out of it

  // The parts of the rows of batch `index`.
  Result<std::vector<uint8_t>> PartsOf(int64_t index) const;
};

// The byte of rows in no part.
inline constexpr uint8_t kNoPart = 255;

// The part of each row of batch `index`; called by any worker, several at once.
using BatchParts = std::function<Result<std::vector<uint8_t>>(int64_t index)>;
// `rows` shared out as `parts_of` says.
Result<PartAssignment> MakeAssignment(std::shared_ptr<BatchStore> rows, size_t parts,
                                      const BatchParts& parts_of, RunContext& run);

// Of each class takes the rows that TakeSmallestOfEach takes into the part `part_of[class]`; the
// others are in no part.
struct Taking {
  std::vector<int64_t> n;
  ClassesOf classes;
  std::vector<uint8_t> part_of;
  uint64_t last = UINT64_MAX;
};
Result<PartAssignment> AssignSmallest(std::shared_ptr<BatchStore> rows, size_t parts,
                                      const Taking& taking, const RowHashes& hashes,
                                      RunContext& run);

// The rows of a part, in order.
std::unique_ptr<Stream> OpenPart(std::shared_ptr<const PartAssignment> assignment, uint8_t part);

}  // namespace tideway::dataset
