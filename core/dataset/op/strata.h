// The classes that a split keeps in proportion: which stratum each row of a store is in.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

// Codes are one uint16 column beside the rows, batch for batch, and so cost little memory and
// spill.
class Strata {
 public:
  // One stratum that holds all rows.
  static Strata Whole(const BatchStore& rows);
  // A stratum for each value of `column`, null being one of its own; ordered by rows, most first,
  // then by value. Errors: of kind usage for a column that is not there or whose type cannot be a
  // key; of kind data for more than 65,535 values; of kind memory when the values take more
  // than 16 MiB and the budget does not hold the rest, as it must until this returns.
  static Result<Strata> ByColumn(const std::shared_ptr<BatchStore>& rows, const std::string& column,
                                 RunContext& run);

  // The rows of each stratum.
  const std::vector<int64_t>& rows() const { return rows_; }
  // The stratum of each row of batch `index`; empty when there is only the whole.
  Result<std::vector<uint16_t>> Codes(int64_t index) const;

 private:
  std::vector<int64_t> rows_;
  std::vector<uint16_t> ranks_;  // by the code in the store
  std::shared_ptr<BatchStore> codes_;
};

}  // namespace tideway::dataset
