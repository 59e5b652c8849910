#include "core/dataset/op/smallest.h"

#include <algorithm>
#include <utility>

namespace tideway::dataset {
namespace {

constexpr int kDigitBits = 16;
constexpr size_t kBuckets = size_t{1} << kDigitBits;
constexpr size_t kCountersMax = size_t{1} << 20;

// The cut of each class, found digit by digit from the leading one.
class RadixCut {
 public:
  explicit RadixCut(const std::vector<int64_t>& n)
      : cuts_(n.size()), prefixes_(n.size()), wanted_(n), open_(n.size()) {
    for (size_t i = 0; i < n.size(); ++i) {
      open_[i] = n[i] > 0;
      if (!open_[i]) cuts_[i] = {.last = 0, .ties = 0};
    }
    while (bits_ > 1 && (n.size() << bits_) > kCountersMax) --bits_;
  }

  bool open() const { return left_ > 0 && std::ranges::find(open_, true) != open_.end(); }
  // One digit more.
  Status NarrowDown(const ClassScan& scan) {
    const int width = std::min(bits_, left_);
    const int above = std::exchange(left_, left_ - width);
    const uint64_t mask = (uint64_t{1} << width) - 1;
    std::vector<int64_t> counts(cuts_.size() << width);
    RETURN_NOT_OK(scan([&](std::span<const uint16_t> classes, std::span<const uint64_t> hashes) {
      for (size_t i = 0; i < hashes.size(); ++i) {
        const size_t of = classes.empty() ? 0 : classes[i];
        if (above < 64 && (hashes[i] >> above) != (prefixes_[of] >> above)) continue;
        ++counts[(of << width) | ((hashes[i] >> left_) & mask)];
      }
    }));
    for (size_t of = 0; of < cuts_.size(); ++of) {
      if (open_[of]) Choose(of, &counts[of << width], mask);
    }
    return Status::OK();
  }
  std::vector<HashCut> cuts() const {
    std::vector<HashCut> cuts = cuts_;
    for (size_t of = 0; of < cuts.size(); ++of) {
      if (open_[of]) cuts[of] = {.last = prefixes_[of], .ties = wanted_[of]};
    }
    return cuts;
  }

 private:
  // The digit where the last hash wanted lies; none when there are fewer than n.
  void Choose(size_t of, const int64_t* counts, uint64_t last_digit) {
    uint64_t digit = 0;
    while (digit <= last_digit && counts[digit] < wanted_[of]) wanted_[of] -= counts[digit++];
    open_[of] = digit <= last_digit;
    if (open_[of]) prefixes_[of] |= digit << left_;
  }

  std::vector<HashCut> cuts_;  // of the classes that are not open
  std::vector<uint64_t> prefixes_;
  std::vector<int64_t> wanted_;
  std::vector<bool> open_;
  int bits_ = kDigitBits;
  int left_ = 64;  // bits that are not known yet
};

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
  RadixCut radix(n);
  while (radix.open()) RETURN_NOT_OK(radix.NarrowDown(scan));
  return radix.cuts();
}

}  // namespace tideway::dataset
