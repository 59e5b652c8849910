#include "core/dataset/op/word_table.h"

#include <utility>

namespace tideway::dataset {

void WordTable::Grow() {
  const auto old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  for (const Slot& slot : old) {
    if (slot.number != kNone) slots_[SlotOf(slot.word)] = slot;
  }
}

}  // namespace tideway::dataset
