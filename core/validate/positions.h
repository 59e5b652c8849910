// The first few rows that something holds of.
//
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tideway::validate {

class Positions {
 public:
  static constexpr size_t kMost = 10;

  void Add(int64_t row) {
    if (rows_.size() == kMost && row >= rows_.back()) return;
    rows_.insert(std::ranges::upper_bound(rows_, row), row);
    if (rows_.size() > kMost) rows_.pop_back();
  }
  // The least ones that were added, in order.
  const std::vector<int64_t>& rows() const { return rows_; }

 private:
  std::vector<int64_t> rows_;
};

}  // namespace tideway::validate
