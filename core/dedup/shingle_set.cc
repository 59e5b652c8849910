#include "core/dedup/shingle_set.h"

#include <algorithm>
#include <bit>

namespace tideway::dedup {
namespace {

// Sorts hashes: deals them out by their leading bits, which leaves little to do.
void SortHashes(ShingleSet& hashes) {
  constexpr size_t kFew = 64;
  if (hashes.size() <= kFew) {
    std::ranges::sort(hashes);
    return;
  }
  const int bits = std::min(16, static_cast<int>(std::bit_width(hashes.size() / 4)));
  const int shift = 64 - bits;
  std::vector<uint32_t> starts((size_t{1} << bits) + 1);
  for (const uint64_t hash : hashes) ++starts[(hash >> shift) + 1];
  for (size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  ShingleSet dealt(hashes.size());
  std::vector<uint32_t> next(starts.begin(), starts.end() - 1);
  for (const uint64_t hash : hashes) dealt[next[hash >> shift]++] = hash;
  for (size_t i = 0; i + 1 < starts.size(); ++i) {
    if (starts[i + 1] - starts[i] > 1) {
      std::sort(dealt.begin() + starts[i], dealt.begin() + starts[i + 1]);
    }
  }
  hashes.swap(dealt);
}

}  // namespace

ShingleSet ShinglesOf(std::string_view text, Shingler& shingler) {
  ShingleSet set;
  shingler.Start(text);
  while (shingler.Next(set)) {
  }
  SortHashes(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

bool SizesAllow(size_t a, size_t b, double threshold) {
  const auto [smaller, larger] = std::minmax(a, b);
  return static_cast<double>(smaller) / static_cast<double>(larger) >= threshold;
}

std::optional<double> SimilarityFrom(double threshold, std::span<const uint64_t> a,
                                     std::span<const uint64_t> b) {
  if (!SizesAllow(a.size(), b.size(), threshold)) return std::nullopt;
  const size_t all = a.size() + b.size();
  const auto similarity = [all](size_t both) {
    return static_cast<double>(both) / static_cast<double>(all - both);
  };
  size_t both = 0;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    constexpr size_t kStride = 64;
    const size_t steps = std::min({kStride, a.size() - i, b.size() - j});
    for (size_t step = 0; step < steps; ++step) {
      const uint64_t left = a[i];
      const uint64_t right = b[j];
      both += left == right ? 1 : 0;
      i += left <= right ? 1 : 0;
      j += right <= left ? 1 : 0;
    }
    if (similarity(both + std::min(a.size() - i, b.size() - j)) < threshold) return std::nullopt;
  }
  const double found = similarity(both);
  return found >= threshold ? std::optional(found) : std::nullopt;
}

}  // namespace tideway::dedup
