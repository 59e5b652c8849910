#include "core/dataset/summary/distinct_count.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace tideway::dataset {

void DistinctCount::Add(const std::vector<uint64_t>& hashes) {
  std::vector<uint64_t> all;
  all.reserve(hashes_.size() + hashes.size());
  std::ranges::set_union(hashes_, hashes, std::back_inserter(all));
  if (all.size() > kExact + 1) all.resize(kExact + 1);
  hashes_ = std::move(all);
}

int64_t DistinctCount::count() const {
  if (is_exact()) return static_cast<int64_t>(hashes_.size());
  const double share = (static_cast<double>(hashes_.back()) + 1) / std::ldexp(1.0, 64);
  return std::llround(static_cast<double>(kExact) / share);
}

}  // namespace tideway::dataset
