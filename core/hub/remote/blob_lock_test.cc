#include "core/hub/remote/blob_lock.h"

#include <functional>

#include "core/base/log.h"
#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

class BlobLockTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    held_ = BlobLock::Try(path());
    ASSERT_NE(held_, nullptr);
  }
  std::string path() const { return (folder_ / "hash.lock").string(); }
  // A wait of which each pause takes a second, after which `then` happens.
  Result<std::unique_ptr<BlobLock>> Wait(
      std::function<int64_t()> progress, const std::function<void()>& then = [] {}) {
    const Patience patience{.sleep = [this, then](double) {
      clock_.Advance(std::chrono::seconds(1));
      then();
      return clock_.Monotonic() < std::chrono::hours(10) ? cancel_.Check()
                                                         : Status::Invalid("no end");
    }};
    return BlobLock::Acquire(
        path(), "a.bin", cancel_,
        {.progress = std::move(progress), .clock = clock_, .patience = patience});
  }
  double waited_s() const { return std::chrono::duration<double>(clock_.Monotonic()).count(); }

  FakeClock clock_;
  CancelToken cancel_;
  std::unique_ptr<BlobLock> held_;
};

TEST_F(BlobLockTest, WhoHoldsItAndDoesNothingIsNotWaitedForForEver) {
  InitLog({});
  ::testing::internal::CaptureStderr();
  const auto lock = Wait([] { return 7; });
  const std::string log = ::testing::internal::GetCapturedStderr();
  ASSERT_STATUS(lock.status());
  EXPECT_EQ(*lock, nullptr);
  EXPECT_GE(waited_s(), 300);
  EXPECT_LE(waited_s(), 320);
  EXPECT_THAT(log, ::testing::HasSubstr("goes on without waiting"));
}

TEST_F(BlobLockTest, WhoHoldsItIsWaitedForAsLongAsBytesCome) {
  int64_t bytes = 0;
  const auto lock = Wait([&] { return ++bytes; },
                         [&] {
                           if (waited_s() == 4000) held_.reset();
                         });
  ASSERT_STATUS(lock.status());
  EXPECT_NE(*lock, nullptr);
  EXPECT_EQ(waited_s(), 4000);
}

TEST_F(BlobLockTest, WhereNobodyCanTellTheWaitHasNoEndButThatOfWhoWaits) {
  const auto lock = Wait({}, [&] {
    if (waited_s() == 9000) cancel_.Cancel();
  });
  EXPECT_FAILS(lock, ErrorKind::kInterrupted, "");
}

}  // namespace
}  // namespace tideway::hub::testing
