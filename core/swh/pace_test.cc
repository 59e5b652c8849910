#include "core/swh/pace.h"

#include <gtest/gtest.h>

namespace tideway::swh {
namespace {

void Enter(Pace& pace, int count) {
  const CancelToken stop;
  for (int i = 0; i < count; ++i) ASSERT_TRUE(pace.Enter(stop).ok());
}

TEST(Pace, IsHalvedByASlowedRequest) {
  Pace pace(8);
  Enter(pace, 1);
  pace.Leave(true);
  EXPECT_EQ(pace.width(), 4);
}

TEST(Pace, IsHalvedOnceForAllThatWereOnTheirWay) {
  Pace pace(8);
  Enter(pace, 8);
  for (int i = 0; i < 8; ++i) pace.Leave(true);
  EXPECT_EQ(pace.width(), 4);
  Enter(pace, 1);
  pace.Leave(true);
  EXPECT_EQ(pace.width(), 2);
}

TEST(Pace, NeverStopsAndNeverGoesBeyondTheMost) {
  Pace pace(2);
  for (int i = 0; i < 5; ++i) {
    Enter(pace, 1);
    pace.Leave(true);
  }
  EXPECT_EQ(pace.width(), 1);
  for (int i = 0; i < 9; ++i) {
    Enter(pace, 1);
    pace.Leave(false);
  }
  EXPECT_EQ(pace.width(), 2);
}

TEST(Pace, GrowsByOneInEachCalmRound) {
  Pace pace(8);
  Enter(pace, 1);
  pace.Leave(true);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(pace.width(), 4);
    Enter(pace, 1);
    pace.Leave(false);
  }
  EXPECT_EQ(pace.width(), 5);
}

TEST(Pace, WaitingEndsWhenItIsStopped) {
  Pace pace(1);
  CancelToken stop;
  Enter(pace, 1);
  stop.Cancel();
  EXPECT_EQ(KindOf(pace.Enter(stop)), ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace tideway::swh
