// Errors about one row. An operator sees a batch and not where it stands in the data, so it names
// the row of the batch; the executor, which knows the batches before it, adds the position.
//
//   return AtRow(row, Error(ErrorKind::kData, "encode: unknown label: `Foo`"));
//   // becomes "encode: unknown label: `Foo` (row 70001)"
//
// The position counts the rows that went into the operator, from 1. Thread safety: values.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

// `status` as an error about row `row` (from 0) of the batch at hand.
Status AtRow(int64_t row, const Status& status);

// The first `bytes` bytes of `text`, or a few fewer so that no UTF-8 character is cut: values as
// messages show them.
std::string_view CutText(std::string_view text, size_t bytes);

// How many rows each batch of an operator's input had, so that positions can be told afterwards.
// Thread-safe.
class RowOffsets {
 public:
  void Set(int64_t batch, int64_t rows);
  // The rows in the batches before `batch`.
  int64_t Before(int64_t batch) const;

 private:
  mutable std::mutex mutex_;
  std::vector<int64_t> rows_;
};

// Remembers in a row error of this batch where to look its position up; other errors, and those
// that remember already, come back unchanged.
Status LocateBatch(const Status& status, std::shared_ptr<const RowOffsets> offsets, int64_t batch);
// Adds the position to a row error's message, once all batches before it have been computed; other
// errors come back unchanged.
Status ResolveRow(const Status& status);

}  // namespace tideway::dataset
