#include "core/base/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tideway {
namespace {

TEST(MemoryBudget, GivesUpToTheLimitAndNoMore) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.TryReserve(60));
  EXPECT_FALSE(budget.TryReserve(41));
  EXPECT_EQ(budget.reserved_bytes(), 60);
  EXPECT_TRUE(budget.TryReserve(40));
  budget.Release(60);
  EXPECT_EQ(budget.reserved_bytes(), 40);
}

TEST(MemoryBudget, RefusesAHugeAmountWithoutOverflow) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.TryReserve(1));
  EXPECT_FALSE(budget.TryReserve(INT64_MAX));
  EXPECT_EQ(budget.reserved_bytes(), 1);
}

TEST(MemoryBudget, NeverExceedsTheLimitUnderContention) {
  MemoryBudget budget(10);
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) granted += budget.TryReserve(1) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 10);
  EXPECT_EQ(budget.reserved_bytes(), 10);
}

TEST(ParseBytes, TakesBinaryDecimalAndBareNumbers) {
  EXPECT_EQ(*ParseBytes("512MiB"), 512 << 20);
  EXPECT_EQ(*ParseBytes("2GB"), 2'000'000'000);
  EXPECT_EQ(*ParseBytes("1.5 GiB"), 1'610'612'736);
  EXPECT_EQ(*ParseBytes("1048576"), 1 << 20);
  EXPECT_EQ(*ParseBytes("10 kb"), 10'000);
  EXPECT_EQ(*ParseBytes("7B"), 7);
}

TEST(ParseBytes, RefusesWhatIsNoSize) {
  for (const char* text : {"", "MiB", "12XB", "-1", "1.2.3", "1e9", "10 Mi B", "nan", ".",
                           "99999999TiB", "5 GiB extra"}) {
    const auto result = ParseBytes(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(KindOf(result.status()), ErrorKind::kUsage) << text;
    EXPECT_THAT(result.status().message(), ::testing::HasSubstr(text));
  }
}

TEST(FormatBytes, ChoosesTheUnit) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(512 << 20), "512.0 MiB");
  EXPECT_EQ(FormatBytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatBytes(INT64_MAX), "8.0 EiB");
}

}  // namespace
}  // namespace tideway
