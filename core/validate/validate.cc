#include "core/validate/validate.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <mutex>

#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"
#include "core/validate/checker.h"
#include "core/validate/survivors.h"

namespace tideway::validate {
namespace {

using dataset::BatchPtr;
using dataset::Morsel;
using dataset::NodePtr;
using dataset::RunContext;
using dataset::SchemaPtr;
using dataset::Worker;

using CheckerPtr = std::shared_ptr<const Checker>;

// The rows as the mode has them.
class ValidatedStream : public dataset::Stream {
 public:
  ValidatedStream(CheckerPtr checker, std::unique_ptr<Stream> input, RowRules row_rules,
                  const Rules& rules, SchemaPtr schema)
      : checker_(std::move(checker)),
        input_(std::move(input)),
        row_rules_(std::move(row_rules)),
        rules_(rules),
        schema_(std::move(schema)) {}

  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return input_->Share(); }
  std::optional<int64_t> MorselRows() const override {
    return rules_.mode == Mode::kDrop ? std::nullopt : input_->MorselRows();
  }
  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(Morsel input, input_->Next());
    if (!input || rules_.mode == Mode::kRefuse) return input;
    return Morsel([this, input = std::move(input), index = next_++](Worker& worker) {
      return Compute(input, index, worker);
    });
  }

 private:
  Result<BatchPtr> Compute(const Morsel& input, int64_t index, Worker& worker) const {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, input(worker));
    ARROW_ASSIGN_OR_RAISE(const FailedRows failed, checker_->FailedIn(row_rules_, index, *batch));
    if (rules_.mode == Mode::kDrop) {
      return Survivors(batch, FirstFailed(rules_, failed, batch->num_rows()));
    }
    auto columns = batch->columns();
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), TagsOf(rules_, failed, batch->num_rows()));
    return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
  }

  const CheckerPtr checker_;
  const std::unique_ptr<Stream> input_;
  const RowRules row_rules_;
  const Rules& rules_;
  const SchemaPtr schema_;
  int64_t next_ = 0;
};

std::vector<NodePtr> InputsOf(NodePtr input, const Rules& rules) {
  std::vector<NodePtr> inputs = ReferencesOf(rules);
  inputs.insert(inputs.begin(), std::move(input));
  return inputs;
}

class ValidatedRows : public dataset::Node {
 public:
  ValidatedRows(NodePtr input, Rules rules)
      : Node(InputsOf(std::move(input), rules)), rules_(std::move(rules)) {}

  std::string_view op() const override { return "validate"; }
  std::string Describe() const override {
    const char* modes[] = {"refuse", "drop", "tag"};
    return fmt::format("{} rules, {}", rules_.rules.size(), modes[static_cast<int>(rules_.mode)]);
  }
  Result<std::string> Identity(RunContext&) const override {
    return dataset::IdentityText(IdentityOf(rules_));
  }
  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    Rules rules = rules_;
    size_t next = 1;
    for (Rule& rule : rules.rules) {
      if (rule.keys && rule.keys->reference) rule.keys->reference = inputs[next++];
    }
    return std::make_shared<ValidatedRows>(std::move(inputs[0]), std::move(rules));
  }
  bool cheap_to_reread() const override { return PassesRowsOn() && inputs()[0]->cheap_to_reread(); }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return PassesRowsOn() ? inputs()[0]->Narrow(columns) : nullptr;
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
    RETURN_NOT_OK(Checker(inputs()[0], rules_).CheckColumns(run));
    return WithTags(input);
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.pretends()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto checker, Learn(run));
    const Findings& findings = checker->findings();
    return findings.rows - (rules_.mode == Mode::kDrop ? findings.failed_rows : 0);
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto checker, Learn(run));
    ARROW_ASSIGN_OR_RAISE(auto input, checker->Open(run));
    ARROW_ASSIGN_OR_RAISE(auto row_rules, checker->Bind(*input->schema()));
    ARROW_ASSIGN_OR_RAISE(auto output, WithTags(input->schema()));
    return std::make_unique<ValidatedStream>(std::move(checker), std::move(input),
                                             std::move(row_rules), rules_, std::move(output));
  }

  // What was found, at the first call by a check of all rows.
  Result<CheckerPtr> Learn(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (checker_ != nullptr) return checker_;
    const auto checker = std::make_shared<Checker>(inputs()[0], rules_);
    RETURN_NOT_OK(checker->CheckColumns(run));
    RETURN_NOT_OK(checker->Run(run));
    Count(checker->findings(), run);
    checker_ = checker;
    return checker_;
  }

 private:
  // Whether the rows, which are checked, are those of the input, read again.
  bool PassesRowsOn() const {
    std::lock_guard lock(mutex_);
    return rules_.mode == Mode::kRefuse && checker_ != nullptr && !checker_->keeps_rows();
  }

  // Once, however often the rows are read.
  void Count(const Findings& findings, RunContext& run) const {
    dataset::StepCounts counts{.step = dataset::StepOf(*this), .rows_in = findings.rows};
    counts.rows_out = findings.rows;
    for (size_t i = 0; rules_.mode == Mode::kDrop && i < rules_.rules.size(); ++i) {
      const int64_t dropped = findings.rules[i].first_failed;
      if (dropped > 0) counts.dropped[rules_.rules[i].name] = dropped;
      counts.rows_out -= dropped;
    }
    run.Count(counts);
  }

  Result<SchemaPtr> WithTags(const SchemaPtr& input) const {
    if (rules_.mode != Mode::kTag) return input;
    if (!input->GetAllFieldIndices(rules_.tag_column).empty()) {
      return Error(ErrorKind::kUsage,
                   "validate: there is a column `" + rules_.tag_column + "` already")
          .Hint("name another one for the tags: { tag = \"failed_rules\" }");
    }
    return input->AddField(input->num_fields(), arrow::field(rules_.tag_column, arrow::utf8()));
  }

  const Rules rules_;
  mutable std::mutex mutex_;
  mutable CheckerPtr checker_;
};

}  // namespace

Result<Validation> Validate(NodePtr input, Rules rules, RunContext& run) {
  if (rules.rules.size() >= kNoRule) {
    return Error(ErrorKind::kUsage, fmt::format("validate: {} rules", rules.rules.size()));
  }
  const size_t count = rules.rules.size();
  const auto rows = std::make_shared<ValidatedRows>(std::move(input), std::move(rules));
  RETURN_NOT_OK(rows->schema(run).status());
  Validation validation{.rows = rows};
  if (run.pretends()) {
    validation.findings.rules.resize(count);
    return validation;
  }
  ARROW_ASSIGN_OR_RAISE(const auto checker, rows->Learn(run));
  validation.findings = checker->findings();
  return validation;
}

}  // namespace tideway::validate
