#include "core/base/retry.h"

#include <gtest/gtest.h>

#include <limits>

namespace tideway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Error Retryable() { return Error(ErrorKind::kDatabase, "down").Retryable(); }

TEST(RetryPolicy, DefaultGivesThreeTriesWithTwoAndFourSeconds) {
  const RetryPolicy policy;
  EXPECT_EQ(policy.WaitAfter(1, Retryable()), seconds(2));
  EXPECT_EQ(policy.WaitAfter(2, Retryable()), seconds(4));
  EXPECT_EQ(policy.WaitAfter(3, Retryable()), std::nullopt);
}

TEST(RetryPolicy, FourthTryWaitsEightAndTheLastWaitRepeats) {
  const RetryPolicy policy{.tries = 6, .waits_s = {2, 4, 8}};
  EXPECT_EQ(policy.WaitAfter(3, Retryable()), seconds(8));
  EXPECT_EQ(policy.WaitAfter(5, Retryable()), seconds(8));
}

TEST(RetryPolicy, NeitherSuccessNorAFinalErrorIsRetried) {
  EXPECT_EQ(RetryPolicy().WaitAfter(1, Status::OK()), std::nullopt);
  EXPECT_EQ(RetryPolicy().WaitAfter(1, Error(ErrorKind::kAuth, "no")), std::nullopt);
  EXPECT_EQ(RetryPolicy().WaitAfter(1, Status::IOError("x")), std::nullopt);
}

TEST(RetryPolicy, ServersWishWinsWhenLonger) {
  EXPECT_EQ(RetryPolicy().WaitAfter(1, Retryable().RetryAfter(60)), seconds(60));
  EXPECT_EQ(RetryPolicy().WaitAfter(1, Retryable().RetryAfter(0.5)), seconds(2));
}

TEST(RetryPolicy, NoWaitsMeansAtOnce) {
  EXPECT_EQ((RetryPolicy{.tries = 2, .waits_s = {}}).WaitAfter(1, Retryable()), milliseconds(0));
}

TEST(RetryPolicy, ValidateRefusesNonsense) {
  EXPECT_TRUE(RetryPolicy().Validate().ok());
  EXPECT_EQ(KindOf((RetryPolicy{.tries = 0, .waits_s = {}}).Validate()), ErrorKind::kUsage);
  for (double wait_s :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(KindOf((RetryPolicy{.tries = 1, .waits_s = {wait_s}}).Validate()), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace tideway
