#include <arrow/record_batch.h>
#include <oneapi/tbb/parallel_pipeline.h>

#include <utility>

#include "core/base/guard.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/pipeline_internal.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset::internal {
namespace {

template <typename Function>
auto Guarded(Function&& function) {
  return tideway::Guarded("dataset", "an operator failed", std::forward<Function>(function));
}

}  // namespace

Worker* WorkerPool::Take() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) {
    workers_.push_back(std::make_unique<Worker>(static_cast<int>(workers_.size())));
    return workers_.back().get();
  }
  Worker* worker = idle_.back();
  idle_.pop_back();
  return worker;
}

void WorkerPool::Return(Worker* worker) {
  std::lock_guard lock(mutex_);
  idle_.push_back(worker);
}

Computed Compute(const Morsel& morsel, WorkerPool& workers, RunContext& run) {
  Worker* worker = workers.Take();
  auto batch = Guarded([&]() -> Result<BatchPtr> {
    RETURN_NOT_OK(run.cancel().Check());
    return morsel(*worker);
  });
  auto counts = worker->TakeCounts();
  workers.Return(worker);
  return {std::move(batch), std::move(counts)};
}

void Recount(const std::vector<StepCounts>& counts, Worker& worker) {
  for (const StepCounts& step : counts) {
    for (const auto& [reason, rows] : step.dropped) worker.CountDropped(reason, rows);
    for (const auto& [what, times] : step.changed) worker.CountChanged(what, times);
    worker.CountStep(step.step, step.rows_in, step.rows_out);
  }
}

void Pipeline::EndAt(int64_t index) {
  int64_t last = last_wanted_.load();
  while (index < last && !last_wanted_.compare_exchange_weak(last, index)) {
  }
}

// The next item; null at the end. A failure is an item too, so that it waits for its turn.
Pipeline::ItemPtr Pipeline::Fetch() {
  if (last_wanted_.load() < next_index_) return nullptr;
  if (stop_ != nullptr && stop_->load()) return nullptr;
  auto item = std::make_shared<Item>();
  item->index = next_index_++;
  auto morsel = Guarded([&]() -> Result<Morsel> {
    RETURN_NOT_OK(run_.cancel().Check());
    return input_.Next();
  });
  if (morsel.ok()) {
    if (!*morsel) return nullptr;
    item->morsel = std::move(*morsel);
    const auto share = input_.Share();
    if (stage_ != nullptr && share) stage_->SetShare(stage_input_, *share);
  } else {
    item->status = morsel.status();
    EndAt(item->index);
  }
  return item;
}

Pipeline::ItemPtr Pipeline::ComputeAhead(ItemPtr item) {
  // Batches may be much larger than they were read, by columns that were added, or by one row.
  if (held_bytes_.load() < run_.reckoned_bytes(tokens_) / 2) Compute(*item);
  return item;
}

void Pipeline::Compute(Item& item) {
  if (!item.morsel || Skips(item)) return;
  auto [batch, counts] = internal::Compute(item.morsel, workers_, run_);
  item.morsel = nullptr;
  item.counts = std::move(counts);
  if (batch.ok()) {
    item.batch = std::move(*batch);
    item.bytes = BatchBytes(*item.batch);
    held_bytes_ += item.bytes;
  } else {
    item.status = batch.status();
    EndAt(item.index);
  }
}

void Pipeline::LetGo(Item& item) {
  item.batch = nullptr;
  held_bytes_ -= item.bytes;
}

void Pipeline::Check(const Item& item) {
  if (item.status.ok() || !status_.ok()) return;
  status_ = ResolveRow(item.status);
  if (stop_ != nullptr) stop_->store(true);
}

Pipeline::ItemPtr Pipeline::Order(ItemPtr item) {
  Compute(*item);
  if (Skips(*item)) return item;
  if (item->status.ok()) {
    run_.CountAll(item->counts);
    item->first_row = next_row_;
    next_row_ += item->batch->num_rows();
    if (stage_ != nullptr) stage_->AddRows(item->batch->num_rows());
    if (consume_) {
      const auto more = Guarded([&] { return consume_(item->batch); });
      item->status = more.status();
      LetGo(*item);
      if (!more.ok() || !*more) EndAt(item->index);
    }
  }
  if (consume_) Check(*item);
  return item;
}

Pipeline::ItemPtr Pipeline::VisitItem(ItemPtr item) {
  if (Skips(*item) || item->batch == nullptr) return item;
  Worker* worker = workers_.Take();
  item->status =
      Guarded([&] { return (*visit_)(item->index, item->first_row, item->batch, *worker); });
  workers_.Return(worker);
  LetGo(*item);
  if (!item->status.ok()) EndAt(item->index);
  return item;
}

void Pipeline::Run(int tokens) {
  tokens_ = tokens;
  using tbb::filter_mode;
  auto head = tbb::make_filter<void, ItemPtr>(filter_mode::serial_in_order,
                                              [this](tbb::flow_control& flow) {
                                                ItemPtr item = Fetch();
                                                if (item == nullptr) flow.stop();
                                                return item;
                                              }) &
              tbb::make_filter<ItemPtr, ItemPtr>(filter_mode::parallel, [this](ItemPtr item) {
                return ComputeAhead(std::move(item));
              });
  auto tail = tbb::make_filter<ItemPtr, void>(filter_mode::serial_in_order,
                                              [this](ItemPtr item) { Order(std::move(item)); });
  if (visit_ != nullptr) {
    tail =
        tbb::make_filter<ItemPtr, ItemPtr>(
            filter_mode::serial_in_order, [this](ItemPtr item) { return Order(std::move(item)); }) &
        tbb::make_filter<ItemPtr, ItemPtr>(
            filter_mode::parallel, [this](ItemPtr item) { return VisitItem(std::move(item)); }) &
        tbb::make_filter<ItemPtr, void>(filter_mode::serial_in_order,
                                        [this](const ItemPtr& item) { Check(*item); });
  }
  tbb::parallel_pipeline(static_cast<size_t>(tokens), head & tail);
}

}  // namespace tideway::dataset::internal
