#include "core/dataset/summary/describe.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <atomic>

#include "core/dataset/execute.h"
#include "core/dataset/materialise.h"
#include "core/dataset/run_context.h"
#include "core/dataset/summary/column_state_internal.h"

namespace tideway::dataset {
namespace {

using Columns = std::vector<std::unique_ptr<internal::ColumnState>>;

Result<Columns> ColumnsOf(const arrow::Schema& schema) {
  Columns columns;
  for (const auto& field : schema.fields()) {
    ARROW_ASSIGN_OR_RAISE(auto column, internal::ColumnState::Make(field));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<Summary> Finish(int64_t rows, const Columns& columns) {
  Summary summary{.rows = rows};
  for (const auto& column : columns) {
    ARROW_ASSIGN_OR_RAISE(auto finished, column->Finish());
    summary.columns.push_back(std::move(finished));
  }
  return summary;
}

}  // namespace

Result<Summary> Describe(const Node& plan, RunContext& run) {
  if (run.pretends()) {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema, plan.schema(run));
    ARROW_ASSIGN_OR_RAISE(const Columns columns, ColumnsOf(*schema));
    return Finish(0, columns);
  }
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(plan, run));
  ARROW_ASSIGN_OR_RAISE(const Columns columns, ColumnsOf(*input->schema()));
  std::atomic<int64_t> rows = 0;
  const auto add = [&](int64_t, int64_t, const BatchPtr& batch, Worker&) -> Status {
    rows += batch->num_rows();
    for (size_t i = 0; i < columns.size(); ++i) {
      RETURN_NOT_OK(columns[i]->Add(batch->column(static_cast<int>(i))));
    }
    return Status::OK();
  };
  RETURN_NOT_OK(ForEachBatch(*input, add, run, "describe"));
  return Finish(rows, columns);
}

}  // namespace tideway::dataset
