#include "core/dedup/survivor_order.h"

#include <oneapi/tbb/parallel_sort.h>
#include <oneapi/tbb/task_arena.h>

#include <tuple>

namespace tideway::dedup {

SurvivorOrder SurvivorOrder::OfRows(uint32_t count) {
  SurvivorOrder order;
  order.count_ = count;
  return order;
}

Result<SurvivorOrder> SurvivorOrder::Make(ScratchArray<SurvivorKey> keys, uint32_t fixed,
                                          dataset::RunContext& run) {
  SurvivorOrder order;
  order.count_ = fixed + static_cast<uint32_t>(keys.size());
  ARROW_ASSIGN_OR_RAISE(order.documents_, ScratchArray<uint32_t>::Make(order.count_, run));
  ARROW_ASSIGN_OR_RAISE(order.ranks_, ScratchArray<uint32_t>::Make(order.count_, run));
  const auto documents = order.documents_.values();
  for (uint32_t i = 0; i < order.count_; ++i) documents[i] = i;
  const auto before = [&](uint32_t a, uint32_t b) {
    const SurvivorKey& left = keys[a - fixed];
    const SurvivorKey& right = keys[b - fixed];
    return std::tie(left.priority, left.text_hash, left.name_hash, a) <
           std::tie(right.priority, right.text_hash, right.name_hash, b);
  };
  tbb::task_arena arena(run.workers());
  arena.execute([&] { tbb::parallel_sort(documents.begin() + fixed, documents.end(), before); });
  for (uint32_t rank = 0; rank < order.count_; ++rank) order.ranks_[documents[rank]] = rank;
  return order;
}

}  // namespace tideway::dedup
