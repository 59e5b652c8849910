// A bit for each row of a store: what a second pass finds out about rows that lie there, and the
// stream of those that it marked.
//
//   ARROW_ASSIGN_OR_RAISE(auto marks, RowMarks::Create(*rows, "distinct", run));
//   marks->Mark(batch, row);                                  // by any worker
//   return OpenMarked(std::move(rows), std::move(marks));
//
// Threads: Mark() from any thread, before all else.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dataset {

class RowMarks {
 public:
  // For the rows of `rows`, none marked. An error of kind memory begins with `operation`.
  static Result<std::shared_ptr<RowMarks>> Create(const BatchStore& rows,
                                                  std::string_view operation, RunContext& run);
  void Mark(uint32_t batch, uint32_t row);
  // Of the first `rows` rows of a batch. The marks must outlive it.
  arrow::BooleanArray Of(int64_t batch, int64_t rows) const;

 private:
  explicit RowMarks(std::shared_ptr<MemoryBudget> budget) : memory_(std::move(budget), 16 << 20) {}

  HeldMemory memory_;
  std::vector<std::vector<uint64_t>> words_;
};

// The marked rows of a store, in order. Shares the ownership of both.
std::unique_ptr<Stream> OpenMarked(std::shared_ptr<const BatchStore> rows,
                                   std::shared_ptr<const RowMarks> marks);

}  // namespace tideway::dataset
