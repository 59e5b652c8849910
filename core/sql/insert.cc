#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/secret.h"
#include "core/dataset/execute.h"
#include "core/sql/sql.h"

namespace tideway::sql {
namespace {

using dataset::BatchPtr;
using dataset::OutputRecord;
using dataset::RunContext;
using dataset::SchemaPtr;

constexpr const char* kName = "sql.insert";

// Begins to write when the plan has done its first passes, so that no lock is held meanwhile.
class InsertSink : public dataset::Sink {
 public:
  InsertSink(Database& database, const InsertSpec& spec, RunContext& run)
      : database_(database), spec_(spec), run_(run) {}
  std::string_view name() const override { return kName; }
  Status Open(const SchemaPtr& schema) override {
    return database_.OpenTable(spec_, schema, run_).Value(&writer_);
  }
  Result<bool> Consume(const BatchPtr& batch) override {
    RETURN_NOT_OK(writer_->Write(batch));
    return true;
  }
  Status Finish() override { return writer_->Finish().Value(&rows_); }
  int64_t rows() const { return rows_; }
  bool final() const { return writer_->final(); }

 private:
  Database& database_;
  const InsertSpec& spec_;
  RunContext& run_;
  std::unique_ptr<TableWriter> writer_;
  int64_t rows_ = 0;
};

// A table that takes rows several times in one run is one output.
void Record(const TableOutput& output, RunContext& run) {
  int64_t rows = output.rows;
  for (const OutputRecord& before : run.outputs()) {
    if (before.uri == output.uri && !output.replaced) rows += before.rows;
  }
  run.RecordOutput({.uri = output.uri, .hash = "", .rows = rows});
}

// Statements that a check leaves out may make or alter the table.
bool MayChangeTables(const std::vector<std::string>& plans) {
  return std::any_of(plans.begin(), plans.end(),
                     [](const std::string& plan) { return plan.starts_with("sql."); });
}

Status CheckOnly(Database& database, const InsertSpec& spec, const dataset::NodePtr& plan,
                 const SchemaPtr& schema, RunContext& run) {
  if (!MayChangeTables(run.plans())) RETURN_NOT_OK(database.CheckInsert(spec, schema, run));
  run.RecordPlan(fmt::format("{} {}\n{}", kName, spec.table, dataset::PrintPlan(*plan, 1)));
  return Status::OK();
}

}  // namespace

Result<int64_t> Insert(const DatabasePtr& database, const InsertSpec& spec,
                       const dataset::NodePtr& plan, RunContext& run) {
  RETURN_NOT_OK(spec.Validate());
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema, plan->schema(run));
  if (run.options().check_only) {
    RETURN_NOT_OK(CheckOnly(*database, spec, plan, schema, run));
    return 0;
  }
  RETURN_NOT_OK(database->CheckInsert(spec, schema, run));
  InsertSink sink(*database, spec, run);
  RETURN_NOT_OK(dataset::Execute(*plan, sink, run));
  TableOutput output{.uri = fmt::format("{}#table={}", RedactUri(database->uri()), spec.table),
                     .rows = sink.rows(),
                     .replaced = spec.replace};
  if (sink.final()) {
    Record(output, run);
  } else {
    database->AddPending(std::move(output));
  }
  return sink.rows();
}

Status EndTransaction(Database& database, bool commit, RunContext& run) {
  const Status ended = database.End(commit, run.cancel());
  const auto outputs = database.TakePending();
  RETURN_NOT_OK(ended);
  for (const TableOutput& output : outputs) {
    if (commit) Record(output, run);
  }
  return Status::OK();
}

void Database::AddPending(TableOutput output) {
  std::lock_guard lock(pending_mutex_);
  pending_.push_back(std::move(output));
}

std::vector<TableOutput> Database::TakePending() {
  std::lock_guard lock(pending_mutex_);
  return std::exchange(pending_, {});
}

}  // namespace tideway::sql
