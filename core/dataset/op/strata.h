// The classes that a split keeps in proportion: which stratum each row of a store is in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

// Codes are one uint16 column beside the rows, batch for batch, and so cost little memory and
// spill.
class Strata {
 public:
  // One stratum that holds all rows.
  static Strata Whole(const BatchStore& rows);
  // A stratum for each combination of values of `columns`, null being a value of its own; ordered
  // by rows, most first, then by value, null first. `operation` and `by` are how errors say it:
  // "split: more than 65535 values to stratify by". Errors: as CheckColumns; of kind data for more
  // than 65,535 strata; of kind memory when their values take more than 16 MiB and the budget does
  // not hold the rest, as it must until this returns.
  static Result<Strata> ByColumns(const std::shared_ptr<BatchStore>& rows,
                                  const std::vector<std::string>& columns, RunContext& run,
                                  std::string_view operation = "split",
                                  std::string_view by = "stratify by");
  // An error of kind usage for a column that is not there, is given twice, or whose type cannot be
  // a key.
  static Status CheckColumns(const arrow::Schema& schema, const std::vector<std::string>& columns,
                             std::string_view operation);

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
