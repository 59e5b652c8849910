// Rows computed once and used again: the results of plans that the run keeps, keyed by the plan's
// fingerprint. A plan is looked up wherever one is opened, also below other operators.
//
//   ARROW_ASSIGN_OR_RAISE(auto rows, Materialise(*plan, run));    // runs it, or finds it
//   ... while `rows` is held, OpenPlan(*plan, run) reads it ...
//
// Threads: any. Two threads that materialise the same plan at once both run it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/dataset/batch_store.h"
#include "core/dataset/node.h"

namespace tideway::dataset {

// The rows of `plan`, kept for as long as the caller holds them. Blocks while the plan runs.
Result<std::shared_ptr<BatchStore>> Materialise(const Node& plan, RunContext& run);
// Opens `plan`, or its rows where the run has them.
Result<std::unique_ptr<Stream>> OpenPlan(const Node& plan, RunContext& run);
// The number of rows where it is known without running the plan, or where the run has the rows.
Result<std::optional<int64_t>> PlanRows(const Node& plan, RunContext& run);

}  // namespace tideway::dataset
