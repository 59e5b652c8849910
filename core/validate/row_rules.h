// The rules that one row alone can break, bound to a schema.
//
// Threads: a value that is not changed once it is made; any worker may ask, several at once.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/dataset/expression/bound.h"
#include "core/validate/rules.h"

namespace tideway::validate {

using FencesByRule = std::vector<std::optional<std::pair<double, double>>>;
// The rows of a batch that fail, in order, by rule.
using FailedRows = std::vector<std::vector<uint32_t>>;

class RowRules {
 public:
  // Of all rules those that have a condition, and those about outliers whose fences are known: all
  // others fail nowhere. Errors of kind usage begin with the rule: "validate: size.min: no column
  // `sise`".
  static Result<RowRules> Make(const Rules& rules, const FencesByRule& fences,
                               const arrow::Schema& schema);
  Result<FailedRows> Check(const arrow::RecordBatch& batch) const;

 private:
  std::vector<std::optional<dataset::Bound>> bound_;  // by rule
};

}  // namespace tideway::validate
