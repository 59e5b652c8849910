#include "core/base/byte_ranges.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace tideway {

void PrintTo(const ByteRange& range, std::ostream* out) {
  *out << "[" << range.begin << ", " << range.end << ")";
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ByteRangesTest, RangesThatTouchBecomeOne) {
  ByteRanges ranges;
  ranges.Add({0, 10});
  ranges.Add({20, 30});
  ranges.Add({10, 20});
  EXPECT_TRUE(ranges.Covers({0, 30}));
  EXPECT_FALSE(ranges.Covers({0, 31}));
}

TEST(ByteRangesTest, WhatIsMissingIsToldInOrder) {
  ByteRanges ranges;
  ranges.Add({10, 20});
  ranges.Add({30, 40});
  EXPECT_THAT(ranges.Missing({0, 50}),
              ElementsAre(ByteRange{0, 10}, ByteRange{20, 30}, ByteRange{40, 50}));
  EXPECT_THAT(ranges.Missing({12, 18}), IsEmpty());
  EXPECT_THAT(ranges.Missing({15, 35}), ElementsAre(ByteRange{20, 30}));
}

TEST(ByteRangesTest, AnEmptyRangeIsAlwaysCoveredAndNeverTouched) {
  ByteRanges ranges;
  ranges.Add({5, 5});
  EXPECT_TRUE(ranges.Covers({7, 7}));
  EXPECT_FALSE(ranges.Touches({7, 7}));
}

TEST(ByteRangesTest, AddedAndRemovedAtRandomItIsTheSetOfItsBytes) {
  constexpr int64_t kBytes = 64;
  std::mt19937 random(1);
  ByteRanges ranges;
  std::set<int64_t> bytes;
  for (int round = 0; round < 5000; ++round) {
    int64_t begin = random() % kBytes, end = random() % kBytes;
    if (begin > end) std::swap(begin, end);
    const bool adds = random() % 2 == 0;
    adds ? ranges.Add({begin, end}) : ranges.Remove({begin, end});
    for (int64_t byte = begin; byte < end; ++byte)
      adds ? (void)bytes.insert(byte) : (void)bytes.erase(byte);
    for (int64_t byte = 0; byte < kBytes; ++byte) {
      ASSERT_EQ(ranges.Touches({byte, byte + 1}), bytes.contains(byte)) << round;
    }
    int64_t missing = 0;
    for (const ByteRange& range : ranges.Missing({0, kBytes})) missing += range.size();
    ASSERT_EQ(missing, kBytes - static_cast<int64_t>(bytes.size()));
  }
}

TEST(ByteRangesTest, RangesWithASmallGapAreJoined) {
  EXPECT_THAT(Joined({{50, 60}, {0, 10}, {12, 20}, {5, 5}}, 5),
              ElementsAre(ByteRange{0, 20}, ByteRange{50, 60}));
}

}  // namespace
}  // namespace tideway
