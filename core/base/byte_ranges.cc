#include "core/base/byte_ranges.h"

#include <algorithm>
#include <iterator>

namespace tideway {

void ByteRanges::Add(ByteRange range) {
  if (range.size() <= 0) return;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin() && std::prev(next)->second >= range.begin) --next;
  while (next != ends_.end() && next->first <= range.end) {
    range.begin = std::min(range.begin, next->first);
    range.end = std::max(range.end, next->second);
    next = ends_.erase(next);
  }
  ends_.emplace(range.begin, range.end);
}

void ByteRanges::Remove(ByteRange range) {
  if (range.size() <= 0) return;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin() && std::prev(next)->second > range.begin) --next;
  while (next != ends_.end() && next->first < range.end) {
    const ByteRange cut{next->first, next->second};
    next = ends_.erase(next);
    if (cut.begin < range.begin) ends_.emplace(cut.begin, range.begin);
    if (cut.end > range.end) ends_.emplace(range.end, cut.end);
  }
}

bool ByteRanges::Touches(ByteRange range) const {
  const auto missing = Missing(range);
  return range.size() > 0 && (missing.size() != 1 || missing.front() != range);
}

std::vector<ByteRange> ByteRanges::Missing(ByteRange range) const {
  std::vector<ByteRange> missing;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin()) range.begin = std::max(range.begin, std::prev(next)->second);
  for (; next != ends_.end() && next->first < range.end; ++next) {
    if (range.begin < next->first) missing.push_back({range.begin, next->first});
    range.begin = next->second;
  }
  if (range.begin < range.end) missing.push_back(range);
  return missing;
}

std::vector<ByteRange> Joined(std::vector<ByteRange> ranges, int64_t gap) {
  std::erase_if(ranges, [](const ByteRange& range) { return range.size() <= 0; });
  std::ranges::sort(ranges, {}, &ByteRange::begin);
  std::vector<ByteRange> joined;
  for (const ByteRange& range : ranges) {
    if (!joined.empty() && range.begin - joined.back().end <= gap) {
      joined.back().end = std::max(joined.back().end, range.end);
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

}  // namespace tideway
