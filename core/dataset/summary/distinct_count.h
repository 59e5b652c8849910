// How many different values there are: exact up to kExact, estimated beyond, in bounded memory.
//
// Keeps the smallest of the values' hashes, each once (Bar-Yossef et al. 2002, "k minimum values"):
// where there are more, how close they lie tells how many all are, to about 1 % (one standard
// deviation). What comes out does not depend on the order. Threads: one per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tideway::dataset {

class DistinctCount {
 public:
  static constexpr size_t kExact = 10'000;

  // Hashes above it change nothing: they need not be added.
  uint64_t bound() const { return hashes_.size() < kExact + 1 ? UINT64_MAX : hashes_.back(); }
  // Well mixed 64-bit hashes, sorted, each once.
  void Add(const std::vector<uint64_t>& hashes);
  bool is_exact() const { return hashes_.size() <= kExact; }
  int64_t count() const;

 private:
  std::vector<uint64_t> hashes_;  // sorted, each once, at most kExact + 1
};

}  // namespace tideway::dataset
