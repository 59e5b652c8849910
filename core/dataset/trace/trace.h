// Where a row came from: the rows that it was made of, step by step, down to the sources.
//
//   ARROW_ASSIGN_OR_RAISE(TracedRow top, TraceRow(plan, 41, run));
//   ... top.step, top.batch, and for each of top.origins the same ...
//
// The plan is computed again for it, some steps several times: what takes long to run takes longer
// to trace. Rows are found by their positions, so the sources must give what they gave.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

struct TracedRow {
  std::string step;   // StepName(): "filter stars >= 4"
  int64_t row = 0;    // of that step's rows, from 0
  BatchPtr batch;     // the row itself
  std::string place;  // for a source: which file, and which row of it
  std::vector<TracedRow> origins;
  int64_t more_origins = 0;  // beyond those, where a row is made of many
};

// Row `row` (from 0) of `plan`. Errors: not_found when there is none; those of the plan.
Result<TracedRow> TraceRow(const NodePtr& plan, int64_t row, RunContext& run);

}  // namespace tideway::dataset
