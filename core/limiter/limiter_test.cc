#include "core/limiter/limiter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "core/limiter/shared_quota.h"

namespace tideway::limiter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

Rate RateOf(const char* text) { return Rate::Parse(text).ValueOrDie(); }

TEST(RateTest, IsWrittenAsPeopleDo) {
  EXPECT_EQ(RateOf("2/s").per_s, 2);
  EXPECT_EQ(RateOf("2/s").burst, 1);
  EXPECT_EQ(RateOf("500/5min, burst 20").per_s, 500.0 / 300);
  EXPECT_EQ(RateOf("500/5min, burst 20").burst, 20);
  EXPECT_EQ(RateOf(" 0.5 / second ,burst 3").per_s, 0.5);
  EXPECT_EQ(RateOf("1/day").per_s, 1.0 / 86400);
  EXPECT_EQ(RateOf("10/250ms").per_s, 40);
}

TEST(RateTest, RefusesWhatIsNoneAndTellsHowToWriteIt) {
  for (const char* text : {"",
                           "2",
                           "2/",
                           "/s",
                           "2/fortnight",
                           "2 s",
                           "-1/s",
                           "0/s",
                           "nan/s",
                           "1e9/s",
                           "2/s burst 5",
                           "2/s, burst",
                           "2/s, burst 0",
                           "2/s, burst 1.5",
                           "2/s, burst 5 x",
                           "2/0s",
                           "9999999/s",
                           "1/999d",
                           "1/d, burst 367",
                           "1e-7/s, burst 1000000000"}) {
    const Status status = Rate::Parse(text).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage) << text;
    EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("2/s")) << text;
  }
}

class LimiterTest : public ::testing::Test {
 protected:
  LimiterTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tideway-limit-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~LimiterTest() override { std::filesystem::remove_all(folder_); }

  FakeClock clock_{std::chrono::hours(1)};
  std::string folder_;
};

TEST_F(LimiterTest, GivesABurstAndThenOneTurnAtATime) {
  Limiter limiter(RateOf("2/s, burst 3"), clock_);
  for (const int wait_ms : {0, 0, 0, 500, 1000, 1500}) {
    EXPECT_EQ(limiter.TakeTurn(), milliseconds(wait_ms));
  }
  clock_.Advance(seconds(2));
  EXPECT_EQ(limiter.TakeTurn(), seconds(0));
  clock_.Advance(seconds(100));
  for (const int wait_ms : {0, 0, 0, 500}) EXPECT_EQ(limiter.TakeTurn(), milliseconds(wait_ms));
}

TEST_F(LimiterTest, ATurnIsTriedForOnlyWhenItComesNow) {
  Limiter limiter(RateOf("1/s, burst 2"), clock_);
  EXPECT_TRUE(limiter.TryTakeTurn());
  EXPECT_TRUE(limiter.TryTakeTurn());
  EXPECT_FALSE(limiter.TryTakeTurn());
  clock_.Advance(seconds(1));
  EXPECT_TRUE(limiter.TryTakeTurn());
  EXPECT_FALSE(limiter.TryTakeTurn());
}

TEST_F(LimiterTest, ManyThreadsGetTurnsThatDiffer) {
  Limiter limiter(RateOf("1000/s"), clock_);
  std::vector<int64_t> waits(400);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 100; ++i) waits[100 * t + i] = limiter.TakeTurn().count();
    });
  }
  for (auto& thread : threads) thread.join();
  std::ranges::sort(waits);
  for (size_t i = 0; i < waits.size(); ++i)
    EXPECT_EQ(waits[i], static_cast<int64_t>(i) * 1'000'000);
}

TEST_F(LimiterTest, ProcessesShareARateByName) {
  const auto open = [&](const char* name) {
    return Limiter::OpenShared(folder_, name, RateOf("1/s"), clock_).ValueOrDie();
  };
  EXPECT_EQ(open("a")->TakeTurn(), seconds(0));
  const pid_t child = fork();
  if (child == 0) _exit(open("a")->TakeTurn() == seconds(1) ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(open("a")->TakeTurn(), seconds(2));
  EXPECT_EQ(open("b")->TakeTurn(), seconds(0));
}

TEST_F(LimiterTest, AFileThatIsTooShortCountsAsNew) {
  Limiter::OpenShared(folder_, "a", RateOf("1/s"), clock_).ValueOrDie()->TakeTurn();
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    std::filesystem::resize_file(file.path(), 3);
  }
  EXPECT_EQ(Limiter::OpenShared(folder_, "a", RateOf("1/s"), clock_).ValueOrDie()->TakeTurn(),
            seconds(0));
}

TEST_F(LimiterTest, TheSharedFolderIsOnesOwn) {
  const std::string own = folder_ + "/own";
  setenv("TIDEWAY_LIMITS", own.c_str(), 1);
  EXPECT_EQ(SharedNumbers::Folder().ValueOrDie(), own);
  struct stat info{};
  stat(own.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  chmod(own.c_str(), 0777);
  EXPECT_EQ(KindOf(SharedNumbers::Folder().status()), ErrorKind::kAuth);
  std::filesystem::remove_all(own);
  std::filesystem::create_directory_symlink("/tmp", own);
  EXPECT_EQ(KindOf(SharedNumbers::Folder().status()), ErrorKind::kAuth);
  unsetenv("TIDEWAY_LIMITS");
}

TEST_F(LimiterTest, ALoginSessionAndCronHaveTheSameFolder) {
  unsetenv("TIDEWAY_LIMITS");
  setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
  const std::string of_login = SharedNumbers::Folder().ValueOrDie();
  unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(SharedNumbers::Folder().ValueOrDie(), of_login);
}

TEST_F(LimiterTest, TheSlowestRateWithTheLargestBurstGivesAllOfItAtOnceAndThenWaits) {
  Limiter limiter(RateOf("1/d, burst 366"), clock_);
  for (int i = 0; i < 366; ++i) ASSERT_EQ(limiter.TakeTurn(), seconds(0)) << i;
  EXPECT_EQ(limiter.TakeTurn(), std::chrono::hours(24));
}

TEST_F(LimiterTest, TurnsBeyondWhatAClockCanTellComeNoEarlierThanThoseBefore) {
  Limiter limiter(RateOf("1/115d"), clock_);
  std::chrono::nanoseconds before{};
  for (int i = 0; i < 5000; ++i) {
    const auto wait = limiter.TakeTurn();
    ASSERT_GE(wait, before) << i;
    before = wait;
  }
}

TEST_F(LimiterTest, AfterAServersWordThatNothingIsLeftTheNextTurnComesWhenItSays) {
  Limiter limiter(RateOf("10/s, burst 5"), clock_);
  limiter.Learn({.policy = "any", .remaining = 3, .reset_s = 60});
  EXPECT_EQ(limiter.TakeTurn(), seconds(0));
  limiter.Learn({.policy = "any", .remaining = 0, .reset_s = 7});
  EXPECT_FALSE(limiter.TryTakeTurn());
  EXPECT_EQ(limiter.TakeTurn(), seconds(8));
  EXPECT_EQ(limiter.TakeTurn(), milliseconds(8100));
  limiter.Learn({.policy = "any", .remaining = 0, .reset_s = 86401});
  limiter.Learn({.policy = "any", .remaining = 0, .reset_s = -1});
  EXPECT_EQ(limiter.TakeTurn(), milliseconds(8200));
}

// As on a disk that broke: what this process has open of the file can be read, and no more.
void OnlyReadable(const std::string& path) {
  const int readable = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    std::error_code none;
    if (fd != readable && std::filesystem::read_symlink(entry.path(), none) == path)
      dup2(readable, fd);
  }
  close(readable);
}

class SharedQuotaTest : public LimiterTest {
 protected:
  std::shared_ptr<SharedQuota> Open(const std::string& key = "host\ntoken") {
    return SharedQuota::Open(folder_, key, "api", clock_).ValueOrDie();
  }
  static Quota Said(int64_t remaining, int64_t reset_s) {
    return {
        .policy = "api", .remaining = remaining, .reset_s = reset_s, .limit = 5, .window_s = 60};
  }
};

TEST_F(SharedQuotaTest, UntilTheServerTellsOneThereIsNone) {
  const auto quota = Open();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(quota->TakeTurn(), seconds(0));
  quota->Learn({.policy = "pages", .remaining = 0, .reset_s = 9, .limit = 1, .window_s = 10});
  quota->Learn({.policy = "api", .remaining = 0});
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
}

TEST_F(SharedQuotaTest, WhatAWindowLacksComesInTheNextOnes) {
  const auto quota = Open();
  quota->Learn(Said(2, 19));
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(quota->TakeTurn(), seconds(20));
  EXPECT_EQ(quota->TakeTurn(), seconds(80));
  clock_.Advance(seconds(20));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(quota->TakeTurn(), seconds(60));
  EXPECT_EQ(quota->TakeTurn(), seconds(120));
}

TEST_F(SharedQuotaTest, AllOpenOnesOfOneKeyAndNoOthersShareIt) {
  Open()->Learn(Said(1, 19));
  EXPECT_EQ(Open("host\nother")->TakeTurn(), seconds(0));
  EXPECT_EQ(Open()->TakeTurn(), seconds(0));
  EXPECT_EQ(Open()->TakeTurn(), seconds(20));
}

TEST_F(SharedQuotaTest, TheServersLowerCountHoldsAndItsHigherOneWithinAWindowDoesNot) {
  const auto quota = Open();
  quota->Learn(Said(3, 30));
  clock_.Advance(seconds(1));
  quota->Learn(Said(5, 29));
  quota->Learn(Said(1, 29));
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
  EXPECT_EQ(quota->TakeTurn(), seconds(30));
}

TEST_F(SharedQuotaTest, AnotherWindowOfTheServerTakesThePlaceOfOurs) {
  const auto quota = Open();
  quota->Learn(Said(0, 5));
  quota->Learn(Said(2, 50));
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
  EXPECT_EQ(quota->TakeTurn(), seconds(51));
}

TEST_F(SharedQuotaTest, NumbersWithoutSenseAreNotTaken) {
  const auto quota = Open();
  const int64_t epoch = 1'764'270'000, most = std::numeric_limits<int64_t>::max();
  quota->Learn({.policy = "api", .remaining = 0, .reset_s = epoch, .limit = 5, .window_s = 60});
  quota->Learn({.policy = "api", .remaining = 0, .reset_s = 1, .limit = most, .window_s = most});
  quota->Learn({.policy = "api", .remaining = 0, .reset_s = 90, .limit = 5, .window_s = 60});
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
}

TEST_F(SharedQuotaTest, AFileOfOtherNumbersCountsAsNew) {
  const auto quota = Open();
  quota->Learn(Said(0, 5));
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    std::ofstream(file.path()) << std::string(40, '\xee');
  }
  EXPECT_EQ(quota->TakeTurn(), seconds(0));
}

TEST_F(SharedQuotaTest, AfterAPauseAFullWindowBegins) {
  const auto quota = Open();
  quota->Learn(Said(0, 5));
  clock_.Advance(std::chrono::hours(5));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(quota->TakeTurn(), seconds(0));
  EXPECT_EQ(quota->TakeTurn(), seconds(60));
}

TEST_F(SharedQuotaTest, NumbersThatCannotBeChangedAreToldOfOnce) {
  const auto quota = Open();
  quota->Learn(Said(2, 19));
  OnlyReadable(std::filesystem::directory_iterator(folder_)->path());
  InitLog({});
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) quota->TakeTurn();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("the server's quota is not kept to"));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1);
}

}  // namespace
}  // namespace tideway::limiter
