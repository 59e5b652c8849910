#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/dataset/op/counted_morsels_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {

// Takes one morsel off the input; returns whether it has to be run to be counted.
bool CountedMorsels::Take() {
  auto morsel = input_->Next();
  if (morsel.ok() && !*morsel) return false;
  Counted& counted = ahead_.emplace_back();
  counted.status = morsel.status();
  if (!morsel.ok()) return false;
  counted.morsel = std::move(*morsel);
  const auto rows = input_->MorselRows();
  counted.rows = rows.value_or(-1);
  return !rows;
}

void CountedMorsels::Fetch() {
  const size_t width = width_;
  while (ahead_.size() < width && Take()) {
  }
  ParallelFor(ahead_.size(), [this](size_t i) {
    if (ahead_[i].status.ok() && ahead_[i].rows < 0) Compute(ahead_[i]);
  });
  width_ = std::min(2 * width, static_cast<size_t>(run_.workers()));
}

void CountedMorsels::Compute(Counted& counted) {
  auto [batch, counts] = internal::Compute(counted.morsel, workers_, run_);
  counted.morsel = nullptr;
  counted.counts = std::move(counts);
  counted.status = batch.status();
  if (!batch.ok()) return;
  counted.batch = std::move(*batch);
  counted.rows = counted.batch->num_rows();
}

Result<BatchPtr> BatchOf(const Counted& counted, Worker& worker) {
  BatchPtr batch = counted.batch;
  if (batch == nullptr) {
    ARROW_ASSIGN_OR_RAISE(batch, counted.morsel(worker));
  }
  if (batch->num_rows() != counted.rows) {
    return Error(ErrorKind::kData, fmt::format("{} rows came where {} were announced",
                                               batch->num_rows(), counted.rows));
  }
  internal::Recount(counted.counts, worker);
  return batch;
}

}  // namespace tideway::dataset
