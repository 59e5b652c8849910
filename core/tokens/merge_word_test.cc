#include "core/tokens/merge_word.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace tideway::tokens {
namespace {

// The definition, step by step.
std::vector<uint32_t> MergeByDefinition(const PairTable& table, std::vector<uint32_t> ids) {
  while (true) {
    uint64_t lowest = PairTable::kNone;
    size_t at = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      if (table.Find(ids[i], ids[i + 1]) < lowest) {
        lowest = table.Find(ids[i], ids[i + 1]);
        at = i;
      }
    }
    if (lowest == PairTable::kNone) return ids;
    ids[at] = PairTable::TokenOf(lowest);
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(MergeWordTest, ShortAndLongWordsBecomeWhatTheDefinitionSays) {
  std::mt19937 generator(7);
  const auto random = [&generator](uint32_t below) {
    return static_cast<uint32_t>(generator() % below);
  };
  for (uint32_t round = 0; round < 300; ++round) {
    const uint32_t letters = 2 + random(3);
    PairTable table(200);
    uint32_t next = letters;
    for (uint32_t rank = 0; rank < 60; ++rank, ++next) {
      const uint32_t left = random(next);
      table.Set(left, random(next), rank, next);
    }
    std::vector<uint32_t> ids(1 + random(round % 2 == 0 ? 48 : 400));
    for (uint32_t& id : ids) id = random(letters);
    const auto expected = MergeByDefinition(table, ids);
    ids.resize(MergeWord(table, ids.data(), ids.size()));
    EXPECT_EQ(ids, expected);
  }
}

TEST(MergeWordTest, AWordOfAMegabyteIsNoMatterOfMinutes) {
  PairTable table(20);
  for (uint32_t token = 0; token < 10; ++token) table.Set(token, token, token, token + 1);
  std::vector<uint32_t> ids(1 << 20, 0);
  ids.resize(MergeWord(table, ids.data(), ids.size()));
  EXPECT_EQ(ids, std::vector<uint32_t>(1 << 10, 10));
}

TEST(PairTableTest, AFullTableStillTellsWhatIsNotThere) {
  PairTable table(1000);
  for (uint32_t i = 0; i < 1000; ++i) table.Set(i, i + 1, i, i);
  EXPECT_EQ(PairTable::RankOf(table.Find(999, 1000)), 999u);
  EXPECT_EQ(table.Find(1000, 999), PairTable::kNone);
  table.Set(3, 4, 7, 8);
  EXPECT_EQ(table.Find(3, 4), uint64_t{7} << 32 | 8);
}

}  // namespace
}  // namespace tideway::tokens
