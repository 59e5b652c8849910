#include "core/dedup/deduplication.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/dataset/columns.h"
#include "core/dataset/materialise.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"
#include "core/dedup/names.h"

namespace tideway::dedup {

using dataset::RunContext;
using nlohmann::json;

namespace {

// Sources that a report and an error name.
constexpr size_t kMostSources = 1000;
constexpr size_t kMostNamed = 3;

double ShareOf(const SourceCount& count) {
  return count.rows == 0 ? 0 : static_cast<double>(count.removed) / static_cast<double>(count.rows);
}

// By how many of their rows go, most first.
std::vector<std::pair<std::string, SourceCount>> ByRemoved(const SourceCounts& sources) {
  std::vector<std::pair<std::string, SourceCount>> sorted(sources.begin(), sources.end());
  std::ranges::stable_sort(
      sorted, [](const auto& a, const auto& b) { return a.second.removed > b.second.removed; });
  return sorted;
}

std::string_view RuleName(Keep::Rule rule) {
  switch (rule) {
    case Keep::Rule::kLongest:
      return "longest";
    case Keep::Rule::kMost:
      return "most";
    case Keep::Rule::kFirst:
      return "first";
  }
  return {};
}

}  // namespace

Status Deduplication::Check(const arrow::Schema& schema) const {
  ARROW_ASSIGN_OR_RAISE(const int text, dataset::ColumnIndex(schema, options_.column, op()));
  RETURN_NOT_OK(Texts::CheckType(*schema.field(text)->type(), std::string(op())));
  RETURN_NOT_OK(Names::TypeIn(schema, options_.id, op()).status());
  if (!options_.source.empty()) {
    ARROW_ASSIGN_OR_RAISE(const int source, dataset::ColumnIndex(schema, options_.source, op()));
    RETURN_NOT_OK(Texts::CheckType(*schema.field(source)->type(), std::string(op()) + ": source"));
  }
  if (options_.keep.rule != Keep::Rule::kMost) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const int most, dataset::ColumnIndex(schema, options_.keep.column, op()));
  const auto& type = *schema.field(most)->type();
  if (arrow::is_integer(type.id()) || arrow::is_floating(type.id())) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("{}: keep: column `{}` must be of numbers: {}", op(),
                                              options_.keep.column, type.ToString()));
}

Result<dataset::SchemaPtr> Deduplication::schema(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(dataset::SchemaPtr input, inputs()[0]->schema(run));
  RETURN_NOT_OK(Check(*input));
  return input;
}

Result<std::unique_ptr<dataset::Stream>> Deduplication::Open(RunContext& run) const {
  return dataset::OpenPlan(*inputs()[0], run);
}

Result<dataset::RowOrigins> Deduplication::Origins(int64_t row, RunContext&) const {
  return dataset::RowOrigins{.rows = {{0, row}}, .all = 1};
}

Result<std::shared_ptr<arrow::DataType>> Deduplication::NameType(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, schema(run));
  return Names::TypeIn(*input, options_.id, op());
}

Result<std::shared_ptr<const Decision>> Deduplication::Decide(RunContext& run) const {
  std::lock_guard lock(mutex_);
  if (decision_ != nullptr) return decision_;
  RETURN_NOT_OK(schema(run).status());
  ARROW_ASSIGN_OR_RAISE(const auto decision, Compute(run));
  SourceCounts sources;
  if (!options_.source.empty()) {
    ARROW_ASSIGN_OR_RAISE(sources, CountSources(*decision, options_.source, run));
  }
  RETURN_NOT_OK(CheckCap(sources));
  const int64_t rows = decision->rows().rows();
  const int64_t removed = CountRemoved(*decision);
  run.Count({.step = StepOf(*this),
             .rows_in = rows,
             .rows_out = rows - removed,
             .dropped = {{"duplicate", removed}}});
  report_ = MakeReport(*decision, sources).dump(-1, ' ', false, json::error_handler_t::replace);
  decision_ = decision;
  return decision_;
}

json Deduplication::CommonSettings() const {
  json settings{{"column", options_.column},
                {"keep", RuleName(options_.keep.rule)},
                {"id", options_.id},
                {"source", options_.source}};
  if (!options_.keep.column.empty()) settings["keep_column"] = options_.keep.column;
  if (options_.cap_share < 1) {
    settings["cap_share"] = options_.cap_share;
    settings["cap_rows"] = options_.cap_rows;
  }
  return settings;
}

json Deduplication::MakeReport(const Decision& decision, const SourceCounts& sources) const {
  const int64_t rows = decision.rows().rows();
  const int64_t removed = CountRemoved(decision);
  json report = decision.report;
  report["rows"] = rows;
  report["removed"] = removed;
  report["kept"] = rows - removed;
  report["options"] = Settings();
  if (options_.source.empty()) return report;
  report["sources"] = json::array();
  for (const auto& [name, count] : ByRemoved(sources)) {
    if (report["sources"].size() == kMostSources) break;
    report["sources"].push_back(
        {{"source", name}, {"rows", count.rows}, {"removed", count.removed}});
  }
  report["sources_all"] = sources.size();
  return report;
}

Status Deduplication::CheckCap(const SourceCounts& sources) const {
  std::string named;
  size_t over = 0;
  for (const auto& [name, count] : ByRemoved(sources)) {
    if (count.removed <= options_.cap_rows || ShareOf(count) <= options_.cap_share) continue;
    if (over++ >= kMostNamed) continue;
    named += fmt::format("{}{} of {} rows of `{}`", named.empty() ? "" : ", ", count.removed,
                         count.rows, dataset::CutText(name, 100));
  }
  if (over == 0) return Status::OK();
  if (over > kMostNamed) named += fmt::format(", and of {} more", over - kMostNamed);
  return Error(ErrorKind::kData, fmt::format("{}: more than {:g} % of a source would go: {}", op(),
                                             100 * options_.cap_share, named))
      .Hint("look at what the `removed` dataset of a run without cap says, then raise cap.share");
}

Result<std::string> Deduplication::Report(RunContext& run) const {
  RETURN_NOT_OK(Decide(run).status());
  return report_;
}

}  // namespace tideway::dedup
