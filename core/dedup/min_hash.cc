#include "core/dedup/min_hash.h"

#include <algorithm>
#include <array>

#include "core/base/hash.h"

namespace tideway::dedup {
namespace internal {

void LowerMinimaPortable(const uint32_t* values, size_t count, const uint32_t* multipliers,
                         const uint32_t* seeds, size_t groups, uint32_t* minima) {
  for (size_t group = 0; group < groups; ++group) {
    for (size_t i = 0; i < count; ++i) {
      const uint32_t value = values[i] * multipliers[group];
      for (size_t r = group * kGroup; r < (group + 1) * kGroup; ++r) {
        minima[r] = std::min(minima[r], value ^ seeds[r]);
      }
    }
  }
}

#ifdef __x86_64__
constexpr uint32_t kLaneNumbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

#pragma GCC push_options
#pragma GCC target("avx2")
namespace avx2 {
using Words = uint32_t __attribute__((vector_size(32)));
using WordsAnywhere = uint32_t __attribute__((vector_size(32), aligned(4), may_alias));
inline Words Min(Words a, Words b) { return a < b ? a : b; }
#include "core/dedup/min_hash_simd.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {
using Words = uint32_t __attribute__((vector_size(64)));
using WordsAnywhere = uint32_t __attribute__((vector_size(64), aligned(4), may_alias));
inline Words Min(Words a, Words b) { return a < b ? a : b; }
#include "core/dedup/min_hash_simd.inc"
}  // namespace avx512
#pragma GCC pop_options

void LowerMinimaAvx2(const uint32_t* values, size_t count, const uint32_t* multipliers,
                     const uint32_t* seeds, size_t groups, uint32_t* minima) {
  avx2::LowerAll(values, count, multipliers, seeds, groups, minima);
}

void LowerMinimaAvx512(const uint32_t* values, size_t count, const uint32_t* multipliers,
                       const uint32_t* seeds, size_t groups, uint32_t* minima) {
  avx512::LowerAll(values, count, multipliers, seeds, groups, minima);
}

LowerMinima BestLowerMinima() {
  static const LowerMinima best = [] {
    if (__builtin_cpu_supports("avx512f")) return LowerMinimaAvx512;
    return __builtin_cpu_supports("avx2") ? LowerMinimaAvx2 : LowerMinimaPortable;
  }();
  return best;
}
#else
LowerMinima BestLowerMinima() { return LowerMinimaPortable; }
#endif

}  // namespace internal

using internal::kGroup;
using internal::kValues;

namespace {

constexpr uint64_t kSeedOfMultipliers = 0x6d756c7469706c79;
constexpr uint64_t kSeedOfSeeds = 0x7065726d757465;
constexpr size_t kAtOnce = 2048;  // values in the first-level cache

}  // namespace

MinHasher::MinHasher(const Banding& banding, internal::LowerMinima lower)
    : banding_(banding),
      lower_(lower),
      groups_per_band_((static_cast<size_t>(banding.rows) + kGroup - 1) / kGroup) {
  for (size_t group = 0; group < bands() * groups_per_band_; ++group) {
    const uint64_t band = group / groups_per_band_;
    multipliers_.push_back(static_cast<uint32_t>(Mix64(band, kSeedOfMultipliers)) | 1);
    for (size_t r = 0; r < kGroup; ++r) {
      seeds_.push_back(static_cast<uint32_t>(Mix64(group * kGroup + r, kSeedOfSeeds)));
    }
  }
}

void MinHasher::Start(Minima& minima) const { minima.assign(seeds_.size(), UINT32_MAX); }

void MinHasher::Add(std::span<const uint64_t> shingles, Minima& minima) const {
  std::array<uint32_t, kAtOnce> values;
  while (!shingles.empty()) {
    const auto some = shingles.first(std::min(shingles.size(), kAtOnce));
    shingles = shingles.subspan(some.size());
    size_t count = 0;
    for (const uint64_t shingle : some) values[count++] = static_cast<uint32_t>(shingle >> 32);
    while (count % kValues != 0) values[count++] = values[0];
    lower_(values.data(), count, multipliers_.data(), seeds_.data(), multipliers_.size(),
           minima.data());
  }
}

void MinHasher::Keys(const Minima& minima, uint64_t* keys) const {
  const auto rows = static_cast<size_t>(banding_.rows);
  for (size_t band = 0; band < bands(); ++band) {
    const uint32_t* first = minima.data() + band * groups_per_band_ * kGroup;
    const std::string_view bytes(reinterpret_cast<const char*>(first), rows * sizeof(uint32_t));
    keys[band] = Hash64(bytes, band);
  }
}

}  // namespace tideway::dedup
