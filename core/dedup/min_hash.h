// MinHash by locality: keys of a document, one per band, of which similar documents share some.
//
//   MinHasher hasher({.bands = 32, .rows = 8});
//   hasher.Start(minima);
//   hasher.Add(shingles, minima);                  // as often as there are some
//   hasher.Keys(minima, keys);
//
// A permutation maps the upper 32 bits x of a shingle to (x * a) ^ s modulo 2^32, a bijection for
// odd a; its minimum is the least of all. Two documents have the same minimum with the probability
// of their Jaccard index. The permutations of a band share a, and differ in s, so that one
// multiplication serves eight of them; those of different bands have nothing in common. What this
// makes dependent is in one band, where it lets similar documents agree more often than with
// independent ones: the chance J^rows of a band is a lower bound.
//
// Threads: const methods from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/dedup/banding.h"
#include "core/dedup/min_hash_internal.h"

namespace tideway::dedup {

class MinHasher {
 public:
  explicit MinHasher(const Banding& banding,
                     internal::LowerMinima lower = internal::BestLowerMinima());
  size_t bands() const { return static_cast<size_t>(banding_.bands); }

  using Minima = std::vector<uint32_t>;
  void Start(Minima& minima) const;
  void Add(std::span<const uint64_t> shingles, Minima& minima) const;
  // Writes bands() keys.
  void Keys(const Minima& minima, uint64_t* keys) const;

 private:
  const Banding banding_;
  const internal::LowerMinima lower_;
  const size_t groups_per_band_;
  std::vector<uint32_t> multipliers_;
  std::vector<uint32_t> seeds_;
};

}  // namespace tideway::dedup
