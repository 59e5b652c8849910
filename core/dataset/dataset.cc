#include "core/dataset/dataset.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>

#include "core/dataset/materialise.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"
#include "core/dataset/sinks.h"

namespace tideway::dataset {

Result<int64_t> Dataset::Count(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto known, PlanRows(*plan_, run));
  if (known) return *known;
  ARROW_ASSIGN_OR_RAISE(auto rows, Materialise(*plan_, run));
  std::lock_guard lock(kept_->mutex);
  kept_->rows = std::move(rows);
  return kept_->rows->rows();
}

Result<std::shared_ptr<arrow::Table>> Dataset::Head(int64_t limit, RunContext& run) const {
  HeadSink sink(limit, run.shared_budget());
  RETURN_NOT_OK(Execute(*plan_, sink, run));
  return sink.table();
}

Result<std::shared_ptr<arrow::Table>> Dataset::Collect(RunContext& run) const {
  CollectSink sink(run);
  RETURN_NOT_OK(Execute(*plan_, sink, run));
  return sink.table();
}

Cursor::Cursor(NodePtr plan, std::unique_ptr<Stream> stream, RunContext& run)
    : plan_(std::move(plan)), run_(run), stream_(std::move(stream)) {}

Cursor::~Cursor() = default;

Result<std::shared_ptr<Cursor>> Cursor::Open(NodePtr plan, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto stream, OpenPlan(*plan, run));
  return std::shared_ptr<Cursor>(new Cursor(std::move(plan), std::move(stream), run));
}

const SchemaPtr& Cursor::schema() const { return stream_->schema(); }

Result<BatchPtr> Cursor::Next() {
  while (true) {
    RETURN_NOT_OK(run_.cancel().Check());
    ARROW_ASSIGN_OR_RAISE(const Morsel morsel, stream_->Next());
    if (!morsel) return nullptr;
    auto batch = morsel(worker_);
    const auto counted = worker_.TakeCounts();
    if (!batch.ok()) return ResolveRow(batch.status());
    run_.CountAll(counted);
    if ((*batch)->num_rows() > 0) return batch;
  }
}

}  // namespace tideway::dataset
