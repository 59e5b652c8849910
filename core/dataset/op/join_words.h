// Right rows of a join by a key that is one word (key_words.h): open addressing with linear
// probing. A slot is four bytes, the number of a row and beside it what fits of its key's hash; the
// key itself is looked at where it lies. So ten million rows take 60 MB, and 40 MB more where keys
// repeat.
//
// Threads: any, once made.
#pragma once

#include <arrow/array/array_base.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "core/dataset/held_memory.h"
#include "core/dataset/op/gather.h"
#include "core/dataset/op/key_words.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

class JoinWords {
 public:
  using Columns = std::vector<std::shared_ptr<arrow::Array>>;
  // Of the key column of each batch. Null when `memory` does not hold it.
  static Result<std::unique_ptr<const JoinWords>> Make(Columns keys, HeldMemory& memory,
                                                       RunContext& run);

  // Calls `visit(row, found)` for each left row from `first` to `end` - 1, in order: `found` are
  // the right rows with its key, in theirs.
  template <typename Visit>
  void Match(const arrow::Array& left, int64_t first, int64_t end, Visit&& visit) const;

  size_t most_matches() const { return most_matches_; }
  // The first row of a key with several.
  std::optional<RowRef> FirstRepeated() const;

 private:
  // Parts of the table, by the leading bits of hashes: each is filled by one worker.
  static constexpr int kPartBits = 3;
  static constexpr size_t kParts = size_t{1} << kPartBits;
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr int kPlaceBits = 10;
  // The table is larger than a core's cache: memory for so many rows is fetched at a time.
  static constexpr int64_t kUnderWay = 24;

  struct Part {
    uint64_t first = 0;  // of its slots
    uint64_t slots = 0;
  };
  struct KeyedRow {
    uint64_t hash;
    uint64_t word;
    uint32_t row;
  };
  struct Counted {
    size_t most_matches = 0;
    uint32_t first_repeated = kNone;
  };

  JoinWords(Columns keys, HeldMemory& memory);
  Status CountSlots(RunContext& run);
  // False when memory has no room for `next_`.
  bool Fill(size_t part);
  bool AddRows(std::span<const KeyedRow> rows);
  bool MakeNext();
  Status CountMatches(RunContext& run);
  Counted CountedIn(const Part& part) const;

  static size_t PartOf(uint64_t hash) { return hash >> (64 - kPartBits); }
  uint64_t SlotOf(uint64_t hash) const {
    const Part& part = parts_[PartOf(hash)];
    return part.first + ((((hash << kPartBits) >> 32) * part.slots) >> 32);
  }
  uint64_t SlotAfter(uint64_t slot, uint64_t hash) const {
    const Part& part = parts_[PartOf(hash)];
    return slot + 1 == part.first + part.slots ? part.first : slot + 1;
  }
  uint32_t RowAfter(uint32_t row) const { return next_.empty() ? kNone : next_[row]; }
  uint32_t TagOf(uint64_t hash) const { return static_cast<uint32_t>(hash) & ~row_mask_; }
  uint32_t RowIn(uint32_t slot) const { return slot & row_mask_; }
  RowRef PlaceOf(uint32_t row) const {
    uint32_t batch = places_[row >> kPlaceBits];
    while (row >= starts_[batch + 1]) ++batch;
    return {batch, row - starts_[batch]};
  }
  // From `slot` on, the first one that may have a row with the key, or an empty one.
  uint64_t Candidate(uint64_t slot, uint64_t hash) const {
    const uint32_t tag = TagOf(hash);
    while (slots_[slot] != kNone && (slots_[slot] & ~row_mask_) != tag) {
      slot = SlotAfter(slot, hash);
    }
    return slot;
  }
  // From a candidate on, the slot of a row with the key, or the empty one where it would go.
  uint64_t Probe(uint64_t slot, uint64_t hash, uint64_t word) const;
  void PrefetchKey(uint32_t slot) const {
    if (slot == kNone) return;
    const RowRef place = PlaceOf(RowIn(slot));
    words_[place.batch].Prefetch(place.row);
  }

  const Columns keys_;
  HeldMemory& memory_;
  std::vector<KeyWords> words_;
  std::vector<uint32_t> starts_;  // the first row of each batch, and the end
  std::vector<uint32_t> places_;  // the batch of each 2^kPlaceBits-th row
  uint32_t row_mask_ = 0;
  std::array<Part, kParts> parts_;
  std::vector<uint32_t> slots_;
  std::vector<uint32_t> next_;  // the next row of the same key, or kNone; empty when none repeats
  std::once_flag next_made_;
  size_t most_matches_ = 0;
  uint32_t first_repeated_ = kNone;
};

template <typename Visit>
void JoinWords::Match(const arrow::Array& left, int64_t first, int64_t end, Visit&& visit) const {
  const KeyWords words(left);
  std::array<uint64_t, kUnderWay> hashes{}, slots{};
  std::vector<RowRef> found;
  for (int64_t block = first; block < end; block += kUnderWay) {
    const auto count = static_cast<size_t>(std::min(kUnderWay, end - block));
    for (size_t i = 0; i < count; ++i) {
      hashes[i] = HashOfWord(words[block + static_cast<int64_t>(i)]);
      slots[i] = SlotOf(hashes[i]);
      __builtin_prefetch(&slots_[slots[i]]);
    }
    for (size_t i = 0; i < count; ++i) {
      slots[i] = Candidate(slots[i], hashes[i]);
      PrefetchKey(slots_[slots[i]]);
    }
    for (size_t i = 0; i < count; ++i) {
      const int64_t left_row = block + static_cast<int64_t>(i);
      found.clear();
      uint32_t slot = kNone;
      if (left.IsValid(left_row)) slot = slots_[Probe(slots[i], hashes[i], words[left_row])];
      for (uint32_t row = slot == kNone ? kNone : RowIn(slot); row != kNone; row = RowAfter(row)) {
        found.push_back(PlaceOf(row));
      }
      visit(left_row, std::span<const RowRef>(found));
    }
  }
}

}  // namespace tideway::dataset
