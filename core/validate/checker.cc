#include "core/validate/checker.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cmath>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/select.h"
#include "core/dataset/run_context.h"
#include "core/validate/fences.h"
#include "core/validate/survivors.h"

namespace tideway::validate {

using dataset::BatchPtr;
using dataset::NodePtr;
using dataset::Profile;
using dataset::RunContext;
using dataset::Worker;

namespace {

// A fence compares with numbers: those of the column itself, not lengths.
Status CheckOutliers(const Rule& rule, const arrow::Schema& schema) {
  const auto field = schema.GetFieldByName(rule.outliers->column);
  if (dataset::NumberKindOf(*field->type()) == dataset::NumberKind::kNumbers &&
      field->type()->id() != arrow::Type::BOOL) {
    return Status::OK();
  }
  return Error(ErrorKind::kUsage, "validate: " + rule.name + ": needs a column of numbers, not " +
                                      field->type()->ToString())
      .Hint("add one: rows:with { size = tw.col(\"text\"):length() }");
}

}  // namespace

bool Checker::has_keys() const {
  return std::ranges::any_of(rules_.rules, [](const Rule& rule) { return rule.keys.has_value(); });
}

bool Checker::has_outliers() const {
  return std::ranges::any_of(rules_.rules,
                             [](const Rule& rule) { return rule.outliers.has_value(); });
}

Status Checker::CheckColumns(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto schema, input_->schema(run));
  for (const std::string& column : ColumnsOf(rules_)) {
    RETURN_NOT_OK(dataset::ColumnIndex(*schema, column, "validate").status());
  }
  RETURN_NOT_OK(RowRules::Make(rules_, FencesByRule(rules_.rules.size()), *schema).status());
  for (const Rule& rule : rules_.rules) {
    if (rule.keys) RETURN_NOT_OK(KeyCheck::Make(rule, *schema, run).status());
    if (rule.outliers) RETURN_NOT_OK(CheckOutliers(rule, *schema));
  }
  return Profile::Make(*schema, rules_.profile, "validate", run).status();
}

// What the passes read.
Result<NodePtr> Checker::Prepare(RunContext& run) {
  const bool again = needs_second_pass() || rules_.rows_are_read;
  if (marks_keys() || (again && !input_->cheap_to_reread())) {
    ARROW_ASSIGN_OR_RAISE(rows_, dataset::Materialise(*input_, run));
  }
  NodePtr input = rows_ == nullptr ? dataset::Narrowed(input_, ColumnsOf(rules_)) : input_;
  ARROW_ASSIGN_OR_RAISE(const auto schema, input->schema(run));
  keys_.resize(rules_.rules.size());
  fences_.resize(rules_.rules.size());
  sketches_.resize(rules_.rules.size());
  examples_.resize(rules_.rules.size());
  findings_.rules.resize(rules_.rules.size());
  for (size_t i = 0; i < rules_.rules.size(); ++i) {
    if (!rules_.rules[i].keys) continue;
    ARROW_ASSIGN_OR_RAISE(keys_[i], KeyCheck::Make(rules_.rules[i], *schema, run));
  }
  ARROW_ASSIGN_OR_RAISE(profile_, Profile::Make(*schema, rules_.profile, "validate", run));
  return input;
}

Status Checker::AddOutliers(const arrow::RecordBatch& batch) {
  for (size_t i = 0; i < rules_.rules.size(); ++i) {
    if (!rules_.rules[i].outliers) continue;
    const auto column = batch.GetColumnByName(rules_.rules[i].outliers->column);
    ARROW_ASSIGN_OR_RAISE(const auto numbers, dataset::NumbersOf(column));
    dataset::ValueSketch sketch;
    for (int64_t row = 0; row < numbers->length(); ++row) {
      if (numbers->IsValid(row) && std::isfinite(numbers->Value(row))) {
        sketch.Add(numbers->Value(row));
      }
    }
    std::lock_guard lock(mutex_);
    sketches_[i].Merge(sketch);
  }
  return Status::OK();
}

Status Checker::Account(const FailedRows& failed, int64_t first_row, const BatchPtr& batch) {
  const auto first = FirstFailed(rules_, failed, batch->num_rows());
  const bool drops = rules_.mode == Mode::kDrop;
  {
    std::lock_guard lock(mutex_);
    for (size_t rule = 0; rule < failed.size(); ++rule) {
      // Of a rule that is only counted, the rows that are left count.
      const bool left = drops && rules_.rules[rule].only_counted;
      for (const uint32_t row : failed[rule]) {
        if (left && first[row] != kNoRule) continue;
        ++findings_.rules[rule].failed;
        examples_[rule].Add(first_row + row);
      }
    }
    for (const uint16_t rule : first) {
      if (rule == kNoRule) continue;
      ++findings_.failed_rows;
      ++findings_.rules[rule].first_failed;
    }
  }
  if (!drops) return profile_->Add(*batch);
  ARROW_ASSIGN_OR_RAISE(const BatchPtr left, Survivors(batch, first));
  return profile_->Add(*left);
}

Status Checker::FirstPass(const dataset::Node& input, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenPass(input, run));
  ARROW_ASSIGN_OR_RAISE(const RowRules row_rules, Bind(*stream->schema()));
  const bool accounts = !needs_second_pass();
  return dataset::ForEachBatch(
      *stream,
      [&](int64_t index, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
        for (const auto& keys : keys_) {
          if (keys != nullptr) RETURN_NOT_OK(keys->Add(index, first_row, *batch));
        }
        RETURN_NOT_OK(AddOutliers(*batch));
        {
          std::lock_guard lock(mutex_);
          findings_.rows += batch->num_rows();
        }
        if (!accounts) return Status::OK();
        ARROW_ASSIGN_OR_RAISE(const FailedRows failed, row_rules.Check(*batch));
        return Account(failed, first_row, batch);
      },
      run, "validate");
}

Status Checker::SecondPass(const dataset::Node& input, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenPass(input, run));
  ARROW_ASSIGN_OR_RAISE(const RowRules row_rules, Bind(*stream->schema()));
  return dataset::ForEachBatch(
      *stream,
      [&](int64_t index, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
        ARROW_ASSIGN_OR_RAISE(const FailedRows failed, FailedIn(row_rules, index, *batch));
        return Account(failed, first_row, batch);
      },
      run, "validate: again");
}

void Checker::FinishFindings() {
  findings_.is_exact = !has_keys() || marks_keys();
  for (size_t i = 0; i < rules_.rules.size(); ++i) {
    RuleFindings& found = findings_.rules[i];
    found.fences = fences_[i];
    found.examples = examples_[i].rows();
    if (keys_[i] == nullptr) continue;
    // Rows that fail a rule about keys are counted where the keys were looked at.
    if (!(rules_.mode == Mode::kDrop && rules_.rules[i].only_counted)) {
      found.failed = keys_[i]->failed();
      found.examples = keys_[i]->examples().rows();
    }
  }
  findings_.profile = profile_->Finish();
}

Status Checker::Run(RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const NodePtr input, Prepare(run));
  RETURN_NOT_OK(FirstPass(*input, run));
  const dataset::BatchStore* marked = marks_keys() ? rows_.get() : nullptr;
  for (const auto& keys : keys_) {
    if (keys != nullptr) RETURN_NOT_OK(keys->Finish(marked));
  }
  for (size_t i = 0; i < rules_.rules.size(); ++i) {
    if (rules_.rules[i].outliers) fences_[i] = FencesOf(sketches_[i], *rules_.rules[i].outliers);
  }
  if (needs_second_pass()) RETURN_NOT_OK(SecondPass(*input, run));
  FinishFindings();
  return Status::OK();
}

Result<std::unique_ptr<dataset::Stream>> Checker::OpenPass(const dataset::Node& input,
                                                           RunContext& run) const {
  if (rows_ != nullptr) return rows_->OpenStream();
  return dataset::OpenPlan(input, run);
}

Result<RowRules> Checker::Bind(const arrow::Schema& schema) const {
  return RowRules::Make(rules_, fences_, schema);
}

Result<FailedRows> Checker::FailedIn(const RowRules& row_rules, int64_t index,
                                     const arrow::RecordBatch& batch) const {
  ARROW_ASSIGN_OR_RAISE(FailedRows failed, row_rules.Check(batch));
  if (!marks_keys()) return failed;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] == nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(failed[i], keys_[i]->FailedIn(index, batch));
  }
  return failed;
}

}  // namespace tideway::validate
