#include "core/mirror/memory_guard.h"

#include <gtest/gtest.h>

namespace tideway::mirror {
namespace {

class MemoryGuardTest : public ::testing::Test {
 protected:
  size_t AtOnceAfter(double used, double pressure = 0) {
    memory_.used_bytes = static_cast<int64_t>(used * 1000);
    memory_.pressure_some_avg10 = pressure;
    clock_.Advance(std::chrono::seconds(1));
    return guard_.AtOnce(8);
  }

  FakeClock clock_;
  MemoryLimit memory_{.limit_bytes = 1000};
  int looks_ = 0;
  MemoryGuard guard_{[this]() -> Result<MemoryLimit> {
                       ++looks_;
                       return memory_;
                     },
                     clock_};
};

TEST_F(MemoryGuardTest, AllAreAtWorkWhileThereIsMemory) { EXPECT_EQ(AtOnceAfter(0.7), 8U); }

TEST_F(MemoryGuardTest, FewerAreAtWorkTheLessThereIs) {
  EXPECT_EQ(AtOnceAfter(0.8), 4U);
  EXPECT_EQ(AtOnceAfter(0.85), 2U);
  EXPECT_EQ(AtOnceAfter(0.9), 1U);
  EXPECT_EQ(AtOnceAfter(1.5), 1U);
}

TEST_F(MemoryGuardTest, OneIsAtWorkWhileProcessesWaitForMemory) {
  EXPECT_EQ(AtOnceAfter(0.1, 20), 1U);
}

TEST_F(MemoryGuardTest, ItGoesUpByOneAtATime) {
  EXPECT_EQ(AtOnceAfter(0.9), 1U);
  EXPECT_EQ(AtOnceAfter(0.1), 2U);
  EXPECT_EQ(AtOnceAfter(0.1), 3U);
}

TEST_F(MemoryGuardTest, TheSystemIsAskedOnceASecond) {
  EXPECT_EQ(AtOnceAfter(0.1), 8U);
  memory_.used_bytes = 950;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(guard_.AtOnce(8), 8U);
  EXPECT_EQ(looks_, 1);
}

TEST_F(MemoryGuardTest, WhereNobodyTellsAllAreAtWork) {
  MemoryGuard guard(
      []() -> Result<MemoryLimit> { return Error(ErrorKind::kNotFound, "no memory"); }, clock_);
  EXPECT_EQ(guard.AtOnce(8), 8U);
}

}  // namespace
}  // namespace tideway::mirror
