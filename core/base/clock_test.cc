#include "core/base/clock.h"

#include <gtest/gtest.h>

namespace tideway {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(FakeClock, StandsStillUntilMoved) {
  FakeClock clock(seconds(100));
  EXPECT_EQ(clock.Now(), seconds(100));
  EXPECT_EQ(clock.Monotonic(), clock.Monotonic());
  const nanoseconds before = clock.Monotonic();
  clock.Advance(seconds(2));
  EXPECT_EQ(clock.Now(), seconds(102));
  EXPECT_EQ(clock.Monotonic() - before, seconds(2));
}

TEST(SystemClock, NeverGoesBack) {
  const nanoseconds first = SystemClock().Monotonic();
  EXPECT_GE(SystemClock().Monotonic(), first);
  EXPECT_GT(SystemClock().Now(), seconds(1'600'000'000));
}

TEST(FormatUtc, WritesUtcWhateverTheTimeZone) {
  setenv("TZ", "Asia/Kathmandu", 1);
  tzset();
  EXPECT_EQ(FormatUtc(seconds(86400), "%Y-%m-%dT%H:%M:%SZ"), "1970-01-02T00:00:00Z");
  unsetenv("TZ");
  tzset();
}

TEST(FormatUtc, RoundsTimesBeforeTheEpochDown) {
  EXPECT_EQ(FormatUtc(microseconds(-1), "%Y-%m-%d %H:%M:%S"), "1969-12-31 23:59:59");
}

TEST(FormatUtc, TakesEmptyAndLongFormats) {
  EXPECT_EQ(FormatUtc(seconds(0), ""), "");
  const std::string text(1000, 'x');
  EXPECT_EQ(FormatUtc(seconds(0), text.c_str()), text);
}

}  // namespace
}  // namespace tideway
