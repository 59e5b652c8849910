#include "core/dataset/op/key_table.h"

#include <algorithm>
#include <bit>

namespace tideway::dataset {
namespace {

constexpr size_t kLeastSlots = 64;

// At most half of the slots are taken.
size_t SlotsFor(size_t keys) { return std::bit_ceil(std::max(kLeastSlots, 2 * keys)); }

}  // namespace

KeyTable::KeyTable(size_t expected_keys)
    : slots_(SlotsFor(expected_keys), Slot{0, kNone}), mask_(slots_.size() - 1) {
  keys_.reserve(expected_keys);
}

size_t KeyTable::SlotOf(uint64_t hash, std::string_view key) const {
  const uint32_t tag = TagOf(hash);
  size_t slot = hash & mask_;
  for (; slots_[slot].number != kNone; slot = (slot + 1) & mask_) {
    if (slots_[slot].tag == tag && keys_[slots_[slot].number].bytes == key) break;
  }
  return slot;
}

KeyTable::Added KeyTable::Add(uint64_t hash, std::string_view key) {
  const size_t slot = SlotOf(hash, key);
  if (slots_[slot].number != kNone) return {slots_[slot].number, false};
  const auto number = static_cast<uint32_t>(keys_.size());
  slots_[slot] = {TagOf(hash), number};
  keys_.push_back({hash, key});
  if (2 * keys_.size() > slots_.size()) Grow();
  return {number, true};
}

uint32_t KeyTable::Find(uint64_t hash, std::string_view key) const {
  return slots_[SlotOf(hash, key)].number;
}

void KeyTable::Grow() {
  slots_.assign(2 * slots_.size(), Slot{0, kNone});
  mask_ = slots_.size() - 1;
  for (uint32_t number = 0; number < keys_.size(); ++number) {
    size_t slot = keys_[number].hash & mask_;
    while (slots_[slot].number != kNone) slot = (slot + 1) & mask_;
    slots_[slot] = {TagOf(keys_[number].hash), number};
  }
}

}  // namespace tideway::dataset
