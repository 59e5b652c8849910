#include "core/store/adaptive_limit.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tideway::store {
namespace {

TEST(AdaptiveLimit, IsHalvedOnceByAllThatWereUnderWay) {
  const CancelToken never;
  AdaptiveLimit limit(8);
  std::vector<int64_t> rounds;
  for (int i = 0; i < 8; ++i) rounds.push_back(*limit.Enter(never));
  for (const int64_t round : rounds) limit.Leave(round, /*slowed=*/true);
  EXPECT_EQ(limit.limit(), 4);
  limit.Leave(*limit.Enter(never), /*slowed=*/true);
  EXPECT_EQ(limit.limit(), 2);
}

TEST(AdaptiveLimit, NeverFallsBelowOneAndGrowsBackToItsMost) {
  const CancelToken never;
  AdaptiveLimit limit(4);
  for (int i = 0; i < 10; ++i) limit.Leave(*limit.Enter(never), /*slowed=*/true);
  EXPECT_EQ(limit.limit(), 1);
  limit.Leave(*limit.Enter(never), /*slowed=*/false);
  EXPECT_EQ(limit.limit(), 2);
  for (int i = 0; i < 100; ++i) limit.Leave(*limit.Enter(never), /*slowed=*/false);
  EXPECT_EQ(limit.limit(), 4);
}

TEST(AdaptiveLimit, GrowsByOneInEachCalmRound) {
  const CancelToken never;
  AdaptiveLimit limit(8);
  limit.Leave(*limit.Enter(never), /*slowed=*/true);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(limit.limit(), 4);
    limit.Leave(*limit.Enter(never), /*slowed=*/false);
  }
  EXPECT_EQ(limit.limit(), 5);
}

TEST(AdaptiveLimit, OneMoreThanItAllowsWaits) {
  const CancelToken never;
  CancelToken stop;
  AdaptiveLimit limit(2);
  const int64_t first = *limit.Enter(never);
  ASSERT_TRUE(limit.Enter(never).ok());
  stop.Cancel();
  EXPECT_EQ(KindOf(limit.Enter(stop).status()), ErrorKind::kInterrupted);
  std::thread third([&] { EXPECT_TRUE(limit.Enter(never).ok()); });
  limit.Leave(first, /*slowed=*/false);
  third.join();
}

}  // namespace
}  // namespace tideway::store
