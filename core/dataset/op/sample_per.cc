#include "core/dataset/op/sample_per.h"

#include <cmath>

#include "core/dataset/op/sample_hash.h"
#include "core/dataset/op/strata.h"

namespace tideway::dataset {

Result<PartAssignment> SamplePer(std::shared_ptr<BatchStore> rows, const SampleOptions& options,
                                 RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto hash, SampleHash::Make(*rows->schema(), options));
  Strata strata = Strata::Whole(*rows);
  if (!options.per.empty()) {
    ARROW_ASSIGN_OR_RAISE(strata,
                          Strata::ByColumns(rows, options.per, run, "sample", "sample per"));
  }
  RowHashes hashes = RowHashes::OfPositions(rows, options.seed);
  if (!hash.by_position()) {
    const auto compute = [&](const arrow::RecordBatch& batch, int64_t first_row) {
      return hash.Of(batch, first_row);
    };
    ARROW_ASSIGN_OR_RAISE(hashes, RowHashes::Computed(rows, compute, run));
  }
  Taking taking;
  taking.last = hash.last();
  for (const int64_t in_stratum : strata.rows()) {
    const auto share = options.fraction.value_or(0) * static_cast<double>(in_stratum);
    taking.n.push_back(options.n ? *options.n : std::llround(share));
    taking.part_of.push_back(0);
  }
  taking.classes = [&](int64_t index) { return strata.Codes(index); };
  return AssignSmallest(std::move(rows), 1, taking, hashes, run);
}

}  // namespace tideway::dataset
