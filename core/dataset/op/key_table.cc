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
    : slots_(SlotsFor(expected_keys), kNone), mask_(slots_.size() - 1) {
  keys_.reserve(expected_keys);
}

size_t KeyTable::SlotOf(uint64_t hash, std::string_view key) const {
  size_t slot = hash & mask_;
  while (slots_[slot] != kNone) {
    const Key& there = keys_[slots_[slot]];
    if (there.hash == hash && there.bytes == key) break;
    slot = (slot + 1) & mask_;
  }
  return slot;
}

KeyTable::Added KeyTable::Add(uint64_t hash, std::string_view key) {
  const size_t slot = SlotOf(hash, key);
  if (slots_[slot] != kNone) return {slots_[slot], false};
  const auto number = static_cast<uint32_t>(keys_.size());
  slots_[slot] = number;
  keys_.push_back({hash, key});
  if (2 * keys_.size() > slots_.size()) Grow();
  return {number, true};
}

uint32_t KeyTable::Find(uint64_t hash, std::string_view key) const {
  return slots_[SlotOf(hash, key)];
}

void KeyTable::Grow() {
  slots_.assign(2 * slots_.size(), kNone);
  mask_ = slots_.size() - 1;
  for (uint32_t number = 0; number < keys_.size(); ++number) {
    size_t slot = keys_[number].hash & mask_;
    while (slots_[slot] != kNone) slot = (slot + 1) & mask_;
    slots_[slot] = number;
  }
}

}  // namespace tideway::dataset
