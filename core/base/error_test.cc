#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace tideway {
namespace {

using ::testing::HasSubstr;

Status Refused() {
  return Error(ErrorKind::kDatabase, "sql: connection refused: db").Hint("start it").Retryable();
}

TEST(Error, BecomesAStatusWithItsDetail) {
  const Status status = Refused();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "sql: connection refused: db");
  ASSERT_NE(GetErrorDetail(status), nullptr);
  EXPECT_EQ(GetErrorDetail(status)->hint, "start it");
  EXPECT_EQ(KindOf(status), ErrorKind::kDatabase);
  EXPECT_TRUE(IsRetryable(status));
}

TEST(Error, BecomesAResult) {
  const Result<int> result = Error(ErrorKind::kUsage, "x");
  EXPECT_EQ(KindOf(result.status()), ErrorKind::kUsage);
}

TEST(Error, ChangingTheBuilderLeavesAStatusMadeBefore) {
  Error error(ErrorKind::kIo, "x");
  const Status before = error;
  const Status after = error.Hint("later");
  EXPECT_EQ(GetErrorDetail(before)->hint, "");
  EXPECT_EQ(GetErrorDetail(after)->hint, "later");
}

TEST(Error, EveryKindKeepsItselfThroughAStatus) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::kInterrupted); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    EXPECT_EQ(KindOf(Error(kind, "x")), kind) << ErrorKindName(kind);
  }
}

TEST(Error, KindNamesAreTheLuaNames) {
  EXPECT_EQ(ErrorKindName(ErrorKind::kInternal), "internal");
  EXPECT_EQ(ErrorKindName(ErrorKind::kDiskFull), "disk_full");
  EXPECT_EQ(ErrorKindName(ErrorKind::kInterrupted), "interrupted");
}

TEST(Error, ArrowsOwnStatusHasAKindAndNoDetail) {
  EXPECT_EQ(GetErrorDetail(Status::Invalid("x")), nullptr);
  EXPECT_EQ(KindOf(Status::Invalid("x")), ErrorKind::kData);
  EXPECT_EQ(KindOf(Status::IOError("x")), ErrorKind::kIo);
  EXPECT_EQ(KindOf(Status::OutOfMemory("x")), ErrorKind::kMemory);
  EXPECT_EQ(KindOf(Status::Cancelled("x")), ErrorKind::kInterrupted);
  EXPECT_FALSE(IsRetryable(Status::IOError("x")));
}

TEST(WithContext, PrefixesTheMessageAndKeepsTheDetail) {
  const Status status = WithContext("grievances", Refused());
  EXPECT_EQ(status.message(), "grievances: sql: connection refused: db");
  EXPECT_EQ(KindOf(status), ErrorKind::kDatabase);
  EXPECT_TRUE(WithContext("x", Status::OK()).ok());
}

TEST(ErrnoError, MapsErrnoToTheKind) {
  EXPECT_EQ(KindOf(ErrnoError(ENOSPC, "file: cannot write", "/x")), ErrorKind::kDiskFull);
  EXPECT_EQ(KindOf(ErrnoError(EDQUOT, "file: cannot write", "/x")), ErrorKind::kDiskFull);
  EXPECT_EQ(KindOf(ErrnoError(ENOENT, "file: cannot open", "/x")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(ErrnoError(EACCES, "file: cannot open", "/x")), ErrorKind::kIo);
}

TEST(ErrnoError, SaysWhatWhyAndWhere) {
  const Status status = ErrnoError(ENOSPC, "file: cannot write", "/data/x.parquet");
  EXPECT_EQ(status.message(), "file: cannot write: no space left on device: /data/x.parquet");
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("free some space"));
}

TEST(DidYouMean, SuggestsTheClosest) {
  EXPECT_EQ(DidYouMean("min_row", {"max_rows", "min_rows"}), "; did you mean `min_rows`?");
  EXPECT_EQ(DidYouMean("tokn", {"token"}), "; did you mean `token`?");
}

TEST(DidYouMean, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(DidYouMean("hte", {"the"}), "; did you mean `the`?");
}

TEST(DidYouMean, IsSilentWhenNothingIsClose) {
  EXPECT_EQ(DidYouMean("database", {"seed", "min_rows"}), "");
  EXPECT_EQ(DidYouMean("", {"seed"}), "");
  EXPECT_EQ(DidYouMean("seed", {}), "");
}

}  // namespace
}  // namespace tideway
