#include "core/dataset/op/smallest.h"

namespace tideway::dataset {
namespace {

constexpr int kDigitBits = 16;
constexpr size_t kBuckets = size_t{1} << kDigitBits;

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
  if (n <= 0) return HashCut{.last = 0, .ties = 0};
  uint64_t prefix = 0;
  int64_t wanted = n;
  for (int shift = 64 - kDigitBits; shift >= 0; shift -= kDigitBits) {
    std::vector<int64_t> counts(kBuckets);
    RETURN_NOT_OK(scan([&](std::span<const uint64_t> hashes) {
      const int above = shift + kDigitBits;
      for (const uint64_t hash : hashes) {
        if (above < 64 && (hash >> above) != (prefix >> above)) continue;
        ++counts[(hash >> shift) & (kBuckets - 1)];
      }
    }));
    size_t digit = 0;
    while (digit < kBuckets && counts[digit] < wanted) wanted -= counts[digit++];
    if (digit == kBuckets) return HashCut{};  // fewer than n hashes
    prefix |= static_cast<uint64_t>(digit) << shift;
  }
  return HashCut{.last = prefix, .ties = wanted};
}

}  // namespace tideway::dataset
