// Which keys may be in a set, in about one and a half bytes each: a Bloom filter whose bits of one
// key are in one word, so that a look at it is one look at memory (Putze, Sanders and Singler,
// "Cache-, hash- and space-efficient Bloom filters", 2007). Of keys that are not in the set, about
// one in fifty may be.
//
// Threads: Add() from any, several at once; MayHold() once they are all added.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace tideway::dataset {

class KeyFilter {
 public:
  // For so many keys, in at most `most_bytes`; null when that is too little to be of use.
  static std::unique_ptr<KeyFilter> Make(int64_t keys, int64_t most_bytes);

  void Add(uint64_t hash) {
    words_[WordOf(hash)].fetch_or(BitsOf(hash), std::memory_order_relaxed);
  }
  bool MayHold(uint64_t hash) const {
    const uint64_t bits = BitsOf(hash);
    return (words_[WordOf(hash)].load(std::memory_order_relaxed) & bits) == bits;
  }

 private:
  explicit KeyFilter(size_t words) : words_(words) {}
  size_t WordOf(uint64_t hash) const { return ((hash >> 32) * words_.size()) >> 32; }
  static uint64_t BitsOf(uint64_t hash) {
    const auto bit = [hash](int index) { return uint64_t{1} << ((hash >> (6 * index)) & 63); };
    return bit(0) | bit(1) | bit(2) | bit(3);
  }

  std::vector<std::atomic<uint64_t>> words_;
};

}  // namespace tideway::dataset
