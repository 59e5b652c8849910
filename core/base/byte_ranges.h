// Which parts of a file are meant: a set of its bytes, as ranges.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace tideway {

// From `begin` up to, not with, `end`.
struct ByteRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

// Threads: one at a time.
class ByteRanges {
 public:
  void Add(ByteRange range);
  void Remove(ByteRange range);
  bool Covers(ByteRange range) const { return Missing(range).empty(); }
  bool Touches(ByteRange range) const;
  // What of `range` is not in the set, in order.
  std::vector<ByteRange> Missing(ByteRange range) const;

 private:
  std::map<int64_t, int64_t> ends_;  // by begin; apart from each other
};

// The same bytes in order, with those between two ranges too where they are no more than `gap`.
std::vector<ByteRange> Joined(std::vector<ByteRange> ranges, int64_t gap);

}  // namespace tideway
