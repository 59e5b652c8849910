// The handle that scripts hold: an immutable, lazy plan, and the rows it gave where they have been
// needed already.
//
//   Dataset rows = Dataset(ReadParquet({"in.parquet"})).Filter...
//   ARROW_ASSIGN_OR_RAISE(int64_t n, rows.Count(run));
//
// Threads: any; a Dataset is not changed by use. Ownership: rows kept by Count() live as long as
// this handle or its copies, so that what is built on the same plan reads them.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "core/dataset/node.h"

namespace tideway::dataset {

class BatchStore;

class Dataset {
 public:
  explicit Dataset(NodePtr plan) : plan_(std::move(plan)) {}
  const NodePtr& plan() const { return plan_; }

  // The number of rows. Where it is not known, runs the plan and keeps its rows.
  Result<int64_t> Count(RunContext& run) const;
  // The first `limit` rows. Runs as much of the plan as they need.
  Result<std::shared_ptr<arrow::Table>> Head(int64_t limit, RunContext& run) const;
  // All rows; more than the run's budget holds is an error of kind memory.
  Result<std::shared_ptr<arrow::Table>> Collect(RunContext& run) const;

 private:
  struct Kept {
    std::mutex mutex;
    std::shared_ptr<BatchStore> rows;
  };

  const NodePtr plan_;
  const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

// Goes through the rows of a plan batch by batch, on the caller's thread: what rows() iterates.
// Threads: one at a time.
class Cursor {
 public:
  static Result<std::shared_ptr<Cursor>> Open(NodePtr plan, RunContext& run);
  ~Cursor();
  const SchemaPtr& schema() const;
  // The next batch of at least one row; null at the end.
  Result<BatchPtr> Next();

 private:
  Cursor(NodePtr plan, std::unique_ptr<Stream> stream, RunContext& run);

  const NodePtr plan_;
  RunContext& run_;
  std::unique_ptr<Stream> stream_;
  Worker worker_{0};
};

}  // namespace tideway::dataset
