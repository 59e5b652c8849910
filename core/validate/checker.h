// The work of a validation: a pass over the rows for rules, keys and distributions, and a second
// one where a rule can only be decided once all rows are known.
//
//   Checker checker(input, rules);
//   RETURN_NOT_OK(checker.Run(run));       // once
//   checker.findings();
//   checker.FailedIn(index, *batch);       // of the stream that checker.Open(run) gives
//
// Rows are kept, in the scratch folder beyond what memory holds, where reading them a second time
// would be more work (Node::cheap_to_reread), or where keys say which ones are dropped or tagged.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <mutex>
#include <vector>

#include "core/dataset/batch_store.h"
#include "core/validate/findings.h"
#include "core/validate/key_check.h"
#include "core/validate/row_rules.h"

namespace tideway::validate {

class Checker {
 public:
  Checker(dataset::NodePtr input, const Rules& rules) : input_(std::move(input)), rules_(rules) {}
  Checker(const Checker&) = delete;

  // Whether the rules fit the columns. Errors of kind usage.
  Status CheckColumns(dataset::RunContext& run) const;
  // Blocks while the plan runs.
  Status Run(dataset::RunContext& run);
  const Findings& findings() const { return findings_; }

  // Whether the rows are kept.
  bool keeps_rows() const { return rows_ != nullptr; }
  // The rows again. REQUIRES: Run().
  Result<std::unique_ptr<dataset::Stream>> Open(dataset::RunContext& run) const {
    return OpenPass(*input_, run);
  }
  // The rules as the batches of Open() are asked by.
  Result<RowRules> Bind(const arrow::Schema& schema) const;
  // The rows of batch `index` of Open() that fail, by rule; those of rules that are only counted
  // too. Thread-safe.
  Result<FailedRows> FailedIn(const RowRules& row_rules, int64_t index,
                              const arrow::RecordBatch& batch) const;

 private:
  bool has_keys() const;
  bool has_outliers() const;
  bool marks_keys() const { return has_keys() && rules_.mode != Mode::kRefuse; }
  // Whether Account() has to wait for all rows.
  bool needs_second_pass() const { return has_outliers() || marks_keys(); }
  Result<dataset::NodePtr> Prepare(dataset::RunContext& run);
  Result<std::unique_ptr<dataset::Stream>> OpenPass(const dataset::Node& input,
                                                    dataset::RunContext& run) const;
  Status FirstPass(const dataset::Node& input, dataset::RunContext& run);
  Status SecondPass(const dataset::Node& input, dataset::RunContext& run);
  Status AddOutliers(const arrow::RecordBatch& batch);
  // Counts what fails in a batch and adds what is left to the profile.
  Status Account(const FailedRows& failed, int64_t first_row, const dataset::BatchPtr& batch);
  void FinishFindings();

  const dataset::NodePtr input_;
  const Rules& rules_;
  std::shared_ptr<dataset::BatchStore> rows_;
  std::vector<std::unique_ptr<KeyCheck>> keys_;  // by rule
  FencesByRule fences_;
  std::unique_ptr<dataset::Profile> profile_;
  std::mutex mutex_;
  std::vector<dataset::ValueSketch> sketches_;  // by rule
  std::vector<Positions> examples_;             // by rule
  Findings findings_;
};

}  // namespace tideway::validate
