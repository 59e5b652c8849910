#include "core/dedup/min_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tideway::dedup {
namespace {

std::vector<uint64_t> KeysOf(const MinHasher& hasher, std::span<const uint64_t> shingles) {
  MinHasher::Minima minima;
  hasher.Start(minima);
  hasher.Add(shingles, minima);
  std::vector<uint64_t> keys(hasher.bands());
  hasher.Keys(minima, keys.data());
  return keys;
}

std::vector<uint64_t> RandomShingles(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> shingles(count);
  for (uint64_t& shingle : shingles) shingle = random();
  return shingles;
}

TEST(MinHashTest, EveryInstructionSetFindsWhatThePortableOneFinds) {
  for (const Banding banding : {Banding{32, 8}, Banding{13, 19}, Banding{5, 1}, Banding{1, 3}}) {
    const MinHasher portable(banding, internal::LowerMinimaPortable);
    for (const size_t count : {1, 15, 16, 17, 2047, 2048, 2049, 5000}) {
      const auto shingles = RandomShingles(count, count);
      const auto expected = KeysOf(portable, shingles);
      EXPECT_EQ(KeysOf(MinHasher(banding), shingles), expected);
#ifdef __x86_64__
      if (__builtin_cpu_supports("avx2")) {
        EXPECT_EQ(KeysOf(MinHasher(banding, internal::LowerMinimaAvx2), shingles), expected);
      }
#endif
    }
  }
}

TEST(MinHashTest, OrderRepetitionAndPiecesDoNotMatter) {
  const MinHasher hasher({.bands = 32, .rows = 8});
  auto shingles = RandomShingles(3000, 1);
  const auto expected = KeysOf(hasher, shingles);
  MinHasher::Minima minima;
  hasher.Start(minima);
  for (size_t i = 0; i < shingles.size(); i += 7) {
    hasher.Add(std::span(shingles).subspan(i, std::min<size_t>(7, shingles.size() - i)), minima);
  }
  std::vector<uint64_t> keys(hasher.bands());
  hasher.Keys(minima, keys.data());
  EXPECT_EQ(keys, expected);
  std::ranges::reverse(shingles);
  shingles.insert(shingles.end(), shingles.begin(), shingles.begin() + 1000);
  EXPECT_EQ(KeysOf(hasher, shingles), expected);
}

// The share of pairs with this index, of sets of so many shingles, that share a band.
double Found(const MinHasher& hasher, double jaccard, size_t size, int pairs) {
  int found = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    auto all = RandomShingles(size, static_cast<uint64_t>(pair) * 7919 + size);
    const auto both = static_cast<size_t>(std::lround(jaccard * static_cast<double>(size)));
    const size_t left_only = (size - both) / 2;
    const std::span shingles(all);
    std::vector<uint64_t> right(shingles.begin() + static_cast<ptrdiff_t>(left_only),
                                shingles.end());
    const auto a = KeysOf(hasher, shingles.first(left_only + both));
    const auto b = KeysOf(hasher, right);
    bool shares = false;
    for (size_t band = 0; band < a.size(); ++band) shares = shares || a[band] == b[band];
    found += shares;
  }
  return static_cast<double>(found) / pairs;
}

TEST(MinHashTest, FindsAtLeastWhatTheFormulaSaysAtAnySize) {
  const Banding banding{.bands = 32, .rows = 8};
  const MinHasher hasher(banding);
  for (const size_t size : {20, 60, 300, 2000}) {
    for (const double jaccard : {0.6, 0.7, 0.85}) {
      const int pairs = 400;
      const double expected = FoundShare(banding, jaccard);
      const double error = 4 * std::sqrt(expected * (1 - expected) / pairs) + 0.003;
      EXPECT_GE(Found(hasher, jaccard, size, pairs), expected - error) << size << " " << jaccard;
    }
  }
}

TEST(MinHashTest, PassesOverWhatIsUnlike) {
  const MinHasher hasher({.bands = 32, .rows = 8});
  EXPECT_LT(Found(hasher, 0.3, 300, 400), 0.02);
  EXPECT_EQ(Found(hasher, 0.0, 300, 400), 0);
}

TEST(BandingTest, TakesTheMostRowsThatFindEnough) {
  const auto chosen = [](int permutations, double threshold) {
    const Banding banding = ChooseBanding(permutations, threshold, 0.9995);
    return std::pair(banding.bands, banding.rows);
  };
  EXPECT_EQ(chosen(256, 0.85), std::pair(32, 8));
  EXPECT_EQ(chosen(256, 0.5), std::pair(85, 3));
  EXPECT_EQ(chosen(128, 0.85), std::pair(21, 6));
  EXPECT_EQ(chosen(4, 0.1), std::pair(4, 1));
  EXPECT_EQ(chosen(256, 1), std::pair(1, 256));
  EXPECT_NEAR(FoundShare({.bands = 32, .rows = 8}, 0.85), 0.99996, 0.00001);
}

}  // namespace
}  // namespace tideway::dedup
