// Checks the rows of a plan by rules, and gives those that pass, or all with a column that names
// the rules that they fail.
//
//   ARROW_ASSIGN_OR_RAISE(const Validation checked, Validate(plan, rules, run));
//   checked.findings.rules[0].failed;
//   ... checked.rows ...                       // a plan, for writers and further operators
//
// What follows from the findings (whether to go on) is the caller's to decide. Blocks while the
// plan runs; what comes out is the same for any number of workers.
#pragma once

#include "core/dataset/node.h"
#include "core/validate/findings.h"
#include "core/validate/rules.h"

namespace tideway::validate {

struct Validation {
  Findings findings = {};
  dataset::NodePtr rows = {};
};

// With run.pretends(), what it is for no rows. Errors: usage (a column that is not there or does
// not fit its rule, more than 65,534 rules), those of the plan, memory, disk_full.
Result<Validation> Validate(dataset::NodePtr input, Rules rules, dataset::RunContext& run);

}  // namespace tideway::validate
