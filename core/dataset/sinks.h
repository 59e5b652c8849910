// The sinks that every plan can end in: counting, taking the first rows, collecting, discarding.
//
// Threads and life: as Sink (execute.h); results are complete after Execute returned OK.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/dataset/execute.h"
#include "core/dataset/held_memory.h"

namespace tideway::dataset {

// Counts rows.
class CountSink : public Sink {
 public:
  std::string_view name() const override { return "count"; }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  Status Finish() override;
  int64_t rows() const { return rows_; }

 private:
  int64_t rows_ = 0;
};

// Collects at most `limit` rows, the first ones, and stops the plan then. More than `budget` holds
// is an error of kind memory that names the limit; it is held until the sink is destroyed.
class HeadSink : public Sink {
 public:
  HeadSink(int64_t limit, std::shared_ptr<MemoryBudget> budget);
  std::string_view name() const override { return "head"; }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  Status Finish() override;
  // The rows, with the plan's schema.
  const std::shared_ptr<arrow::Table>& table() const { return table_; }

 private:
  const int64_t limit_;
  HeldMemory memory_;
  int64_t rows_ = 0;
  SchemaPtr schema_;
  std::vector<BatchPtr> batches_;
  std::shared_ptr<arrow::Table> table_;
};

// Collects all rows, up to the run's budget: more is an error of kind memory that names the limit.
// The budget is held until the sink is destroyed.
class CollectSink : public Sink {
 public:
  explicit CollectSink(RunContext& run);
  std::string_view name() const override { return "collect"; }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  Status Finish() override;
  const std::shared_ptr<arrow::Table>& table() const { return table_; }

 private:
  HeldMemory memory_;
  SchemaPtr schema_;
  std::vector<BatchPtr> batches_;
  std::shared_ptr<arrow::Table> table_;
};

// Drops the rows: measures a plan without a writer.
class DiscardSink : public Sink {
 public:
  std::string_view name() const override { return "discard"; }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  Status Finish() override;
};

}  // namespace tideway::dataset
