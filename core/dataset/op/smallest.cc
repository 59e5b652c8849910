#include "core/dataset/op/smallest.h"

#include <algorithm>

namespace tideway::dataset {
namespace {

constexpr int kDigitBits = 16;
constexpr size_t kBuckets = size_t{1} << kDigitBits;
constexpr size_t kCountersMax = size_t{1} << 20;

}  // namespace

RunningBound::RunningBound(int64_t n)
    : n_(n), bound_(n == 0 ? 0 : UINT64_MAX), counts_(kBuckets), last_bucket_(kBuckets - 1) {}

void RunningBound::Add(std::span<const uint64_t> hashes) {
  std::lock_guard lock(mutex_);
  if (n_ == 0) return;
  const uint64_t limit = bound();
  for (const uint64_t hash : hashes) {
    if (hash > limit) continue;
    ++counts_[hash >> (64 - kDigitBits)];
    ++total_;
  }
  while (last_bucket_ > 0 && total_ - counts_[last_bucket_] >= n_) {
    total_ -= counts_[last_bucket_];
    --last_bucket_;
  }
  const uint64_t next = static_cast<uint64_t>(last_bucket_) + 1;
  if (next < kBuckets) bound_.store((next << (64 - kDigitBits)) - 1, std::memory_order_relaxed);
}

Result<HashCut> CutSmallest(int64_t n, const HashScan& scan) {
  ARROW_ASSIGN_OR_RAISE(const auto cuts, CutSmallestOfEach({n}, [&](const auto& take) {
                          return scan([&](std::span<const uint64_t> hashes) { take({}, hashes); });
                        }));
  return cuts[0];
}

Result<std::vector<HashCut>> CutSmallestOfEach(const std::vector<int64_t>& n,
                                               const ClassScan& scan) {
  const size_t classes = n.size();
  std::vector<HashCut> cuts(classes);
  std::vector<uint64_t> prefixes(classes);
  std::vector<int64_t> wanted = n;
  std::vector<bool> open(classes);
  for (size_t i = 0; i < classes; ++i) open[i] = n[i] > 0;
  for (size_t i = 0; i < classes; ++i) {
    if (!open[i]) cuts[i] = {.last = 0, .ties = 0};
  }
  int bits = kDigitBits;
  while (bits > 1 && (classes << bits) > kCountersMax) --bits;
  for (int above = 64; above > 0 && std::ranges::find(open, true) != open.end();) {
    const int width = std::min(bits, above);
    const int shift = above - width;
    const uint64_t mask = (uint64_t{1} << width) - 1;
    std::vector<int64_t> counts(classes << width);
    RETURN_NOT_OK(scan([&](std::span<const uint16_t> classes_of, std::span<const uint64_t> hashes) {
      for (size_t i = 0; i < hashes.size(); ++i) {
        const size_t of = classes_of.empty() ? 0 : classes_of[i];
        if (above < 64 && (hashes[i] >> above) != (prefixes[of] >> above)) continue;
        ++counts[(of << width) | ((hashes[i] >> shift) & mask)];
      }
    }));
    for (size_t of = 0; of < classes; ++of) {
      if (!open[of]) continue;
      const int64_t* count = &counts[of << width];
      uint64_t digit = 0;
      while (digit <= mask && count[digit] < wanted[of]) wanted[of] -= count[digit++];
      open[of] = digit <= mask;  // else there are fewer than n
      prefixes[of] |= (digit & mask) << shift;
    }
    above = shift;
  }
  for (size_t of = 0; of < classes; ++of) {
    if (open[of]) cuts[of] = {.last = prefixes[of], .ties = wanted[of]};
  }
  return cuts;
}

}  // namespace tideway::dataset
