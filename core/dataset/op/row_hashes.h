// A hash for each row of a store, by which rows are chosen or kept together; and which rows have
// the smallest.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

// Threads: any.
class RowHashes {
 public:
  // Those of (position, seed): distinct, computed whenever they are asked for.
  static RowHashes OfPositions(std::shared_ptr<const BatchStore> rows, uint64_t seed);
  // Those that `function` gives, kept beside the rows, eight bytes each. It is called once for each
  // batch, by any worker, several at once. Blocks meanwhile.
  using Function = std::function<Result<std::vector<uint64_t>>(const arrow::RecordBatch& batch,
                                                               int64_t first_row)>;
  static Result<RowHashes> Computed(std::shared_ptr<const BatchStore> rows,
                                    const Function& function, RunContext& run);

  // Of the rows of batch `index`.
  Result<std::vector<uint64_t>> Of(int64_t index) const;
  int64_t batches() const { return rows_->batches(); }

 private:
  std::shared_ptr<const BatchStore> rows_;
  uint64_t seed_ = 0;
  std::shared_ptr<BatchStore> hashes_;  // null: by position
};

// The class of each row of batch `index`; none when all are of class 0.
using ClassesOf = std::function<Result<std::vector<uint16_t>>(int64_t index)>;
// Whether each row of batch `index` is taken.
using VisitTaken = std::function<Status(int64_t index, const std::vector<bool>& taken)>;

// Of each class takes the `n[class]` rows with the smallest hashes, equal ones by position, and
// none with a hash above `last`. Calls `visit` for each batch, in order.
Status TakeSmallestOfEach(const std::vector<int64_t>& n, const RowHashes& hashes,
                          const ClassesOf& classes, uint64_t last, const VisitTaken& visit,
                          RunContext& run);

}  // namespace tideway::dataset
