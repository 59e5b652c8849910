// The merges of a BPE model: what two neighbouring tokens become, and how early. A hash table of
// open addressing, made once. Threads: const methods from any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace tideway::tokens {

class PairTable {
 public:
  // Rank and token of a merge in one number, so that the smaller comes first.
  static constexpr uint64_t kNone = UINT64_MAX;
  static uint32_t RankOf(uint64_t merge) { return static_cast<uint32_t>(merge >> 32); }
  static uint32_t TokenOf(uint64_t merge) { return static_cast<uint32_t>(merge); }

  explicit PairTable(size_t merges)
      : shift_(64 - static_cast<int>(std::bit_width(2 * merges + 1))),
        entries_(size_t{1} << (64 - shift_), Entry{kNone, kNone}) {}

  // Replaces what was there for the pair.
  void Set(uint32_t left, uint32_t right, uint32_t rank, uint32_t token) {
    Entry& entry = entries_[Place(KeyOf(left, right))];
    entry = {KeyOf(left, right), uint64_t{rank} << 32 | token};
  }
  // kNone where the two do not merge.
  uint64_t Find(uint32_t left, uint32_t right) const {
    return entries_[Place(KeyOf(left, right))].merge;
  }

 private:
  struct Entry {
    uint64_t key;
    uint64_t merge;
  };
  static uint64_t KeyOf(uint32_t left, uint32_t right) { return uint64_t{left} << 32 | right; }
  // Where `key` is, or would be.
  size_t Place(uint64_t key) const {
    size_t place = (key * 0x9E3779B97F4A7C15u) >> shift_;
    while (entries_[place].key != key && entries_[place].key != kNone) {
      place = (place + 1) & (entries_.size() - 1);
    }
    return place;
  }

  int shift_;
  std::vector<Entry> entries_;
};

}  // namespace tideway::tokens
