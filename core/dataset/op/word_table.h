// Numbers for words (key_words.h), which the caller gives. What KeyTable is for bytes.
//
// Memory: 16 bytes for each of two to four slots a word. Threads: one per object.
#pragma once

#include <cstdint>
#include <vector>

#include "core/dataset/op/key_words.h"

namespace tideway::dataset {

class WordTable {
 public:
  WordTable() : slots_(kLeastSlots) {}

  // The number that the word has; it gets `number`, below 2^32 - 1, where it has none.
  uint32_t Add(uint64_t word, uint32_t number) {
    Slot& slot = slots_[SlotOf(word)];
    if (slot.number != kNone) return slot.number;
    slot = {word, number};
    if (2 * ++size_ > slots_.size()) Grow();
    return number;
  }

 private:
  static constexpr size_t kLeastSlots = 1024;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Slot {
    uint64_t word = 0;
    uint32_t number = kNone;
  };
  // Where the word is, or where it would go.
  size_t SlotOf(uint64_t word) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = HashOfWord(word) & mask;
    while (slots_[slot].number != kNone && slots_[slot].word != word) slot = (slot + 1) & mask;
    return slot;
  }
  // At most half of the slots are taken.
  void Grow();

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace tideway::dataset
