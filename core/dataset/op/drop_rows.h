// Leaving rows out of a batch, each for a reason that the receipt counts.
#pragma once

#include <arrow/record_batch.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/dataset/op/filter_rows.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

// The rows of `batch` for which `reason_of(row)`, a std::optional<std::string_view>, is nothing, in
// order; `worker` counts the others, by reason. `batch` itself when there are none.
template <typename ReasonOf>
Result<BatchPtr> DropRows(const BatchPtr& batch, Worker& worker, const ReasonOf& reason_of) {
  RowMask kept(batch->num_rows());
  std::map<std::string, int64_t, std::less<>> dropped;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    const std::optional<std::string_view> reason = reason_of(row);
    kept.Set(row, !reason);
    if (!reason) continue;
    const auto known = dropped.find(*reason);
    ++(known == dropped.end() ? dropped[std::string(*reason)] : known->second);
  }
  for (const auto& [reason, rows] : dropped) worker.CountDropped(reason, rows);
  return FilterRows(batch, kept);
}

}  // namespace tideway::dataset
