#include "core/dataset/trace/trace.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/dataset/execute.h"
#include "core/dataset/materialise.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

// Of a source that reads several files, one after another: which one holds row `row`. Reads them
// all, as only that tells how many rows each has.
Result<std::string> PlaceAmong(const std::vector<std::string>& uris, const Node& source,
                               int64_t row, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenPlan(source, run));
  const Visit pass = [](int64_t, int64_t, const BatchPtr&, Worker&) { return Status::OK(); };
  RETURN_NOT_OK(ForEachBatch(*stream, pass, run));
  std::map<std::string, int64_t> rows_of;
  for (const InputRecord& input : run.inputs()) rows_of[input.uri] = input.rows;
  for (const std::string& uri : uris) {
    const auto rows = rows_of.find(uri);
    if (rows == rows_of.end()) break;
    if (row < rows->second) return fmt::format("{}, row {}", uri, row + 1);
    row -= rows->second;
  }
  return std::string();
}

Result<std::string> PlaceOf(const Node& source, int64_t row, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto uris, source.InputUris());
  if (uris.size() > 1) return PlaceAmong(uris, source, row, run);
  return uris.empty() ? std::string() : fmt::format("{}, row {}", uris[0], row + 1);
}

}  // namespace

Result<TracedRow> TraceRow(const NodePtr& plan, int64_t row, RunContext& run) {
  TracedRow traced{.step = StepName(*plan), .row = row, .batch = {}, .place = {}, .origins = {}};
  ARROW_ASSIGN_OR_RAISE(traced.batch, ReadRow(plan, row, run));
  if (plan->inputs().empty()) {
    ARROW_ASSIGN_OR_RAISE(traced.place, PlaceOf(*plan, row, run));
    return traced;
  }
  ARROW_ASSIGN_OR_RAISE(const RowOrigins origins, plan->Origins(row, run));
  for (const RowOrigin& origin : origins.rows) {
    ARROW_ASSIGN_OR_RAISE(traced.origins.emplace_back(),
                          TraceRow(plan->inputs()[origin.input], origin.row, run));
  }
  traced.more_origins = origins.all - static_cast<int64_t>(origins.rows.size());
  return traced;
}

}  // namespace tideway::dataset
