#include "core/loop/loop.h"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tideway::loop {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;

class LoopTest : public testing::Test {
 protected:
  std::function<void()> Note(const std::string& text) {
    return [this, text] { notes_.push_back(text); };
  }
  FakeClock clock_;
  Loop loop_{clock_};
  std::vector<std::string> notes_;
};

TEST_F(LoopTest, RunWithNothingPendingReturnsAtOnce) {
  loop_.Run();
  EXPECT_EQ(loop_.pending(), 0);
}

TEST_F(LoopTest, PostsRunInTheOrderTheyWerePosted) {
  loop_.Post(Note("a"));
  loop_.Post(Note("b"));
  EXPECT_EQ(loop_.pending(), 2);
  loop_.Run();
  EXPECT_THAT(notes_, ElementsAre("a", "b"));
  EXPECT_EQ(loop_.pending(), 0);
}

TEST_F(LoopTest, TimersFireByTheInjectedClockSoonestFirst) {
  loop_.After(hours(2), Note("late"));
  loop_.After(hours(1), Note("soon"));
  loop_.Post([this] { clock_.Advance(hours(3)); });
  loop_.Run();
  EXPECT_THAT(notes_, ElementsAre("soon", "late"));
}

TEST_F(LoopTest, TimersOfEqualTimeFireInTheOrderTheyWereSet) {
  loop_.After(seconds(1), Note("first"));
  loop_.After(seconds(1), Note("second"));
  clock_.Advance(seconds(1));
  loop_.Run();
  EXPECT_THAT(notes_, ElementsAre("first", "second"));
}

TEST_F(LoopTest, ATimerThatIsNotDueDoesNotFire) {
  loop_.After(hours(1), Note("never"));
  bool posted = false;
  loop_.Post([&] { posted = true; });
  loop_.RunUntil([&] { return posted; });
  EXPECT_TRUE(notes_.empty());
  EXPECT_EQ(loop_.pending(), 1);
}

TEST_F(LoopTest, ACancelledTimerNeverFiresAndIsNotPending) {
  auto id = loop_.After(seconds(1), Note("never"));
  loop_.CancelTimer(id);
  loop_.CancelTimer(id);
  clock_.Advance(seconds(2));
  loop_.Run();
  EXPECT_TRUE(notes_.empty());
}

TEST(LoopOnTheRealClock, WaitsForAShortTimer) {
  Loop loop;
  bool fired = false;
  loop.After(std::chrono::milliseconds(2), [&] { fired = true; });
  loop.Run();
  EXPECT_TRUE(fired);
}

TEST_F(LoopTest, OffloadedWorkRunsElsewhereAndComesBackHere) {
  std::thread::id worker, back;
  loop_.Offload(
      [&] {
        worker = std::this_thread::get_id();
        return Status::OK();
      },
      [&](const Status& status) {
        EXPECT_TRUE(status.ok());
        back = std::this_thread::get_id();
      });
  EXPECT_EQ(loop_.pending(), 1);
  loop_.Run();
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(back, std::this_thread::get_id());
  EXPECT_EQ(loop_.pending(), 0);
}

TEST_F(LoopTest, AFailureOfOffloadedWorkKeepsItsKind) {
  Status seen;
  loop_.Offload([]() -> Status { return Error(ErrorKind::kDatabase, "sql: gone"); },
                [&](Status status) { seen = std::move(status); });
  loop_.Run();
  EXPECT_EQ(KindOf(seen), ErrorKind::kDatabase);
}

TEST_F(LoopTest, AnExceptionInOffloadedWorkIsAnInternalError) {
  Status seen;
  loop_.Offload([]() -> Status { throw std::runtime_error("boom"); },
                [&](Status status) { seen = std::move(status); });
  loop_.Run();
  EXPECT_EQ(KindOf(seen), ErrorKind::kInternal);
  EXPECT_THAT(seen.message(), testing::HasSubstr("boom"));
}

TEST_F(LoopTest, JobsThatWaitForEachOtherAllRunAtOnce) {
  constexpr int kJobs = 16;
  std::atomic<int> started = 0;
  int done = 0;
  for (int i = 0; i < kJobs; ++i) {
    loop_.Offload(
        [&] {
          ++started;
          while (started < kJobs) std::this_thread::yield();
          return Status::OK();
        },
        [&](const Status&) { ++done; });
  }
  loop_.Run();
  EXPECT_EQ(done, kJobs);
}

TEST_F(LoopTest, MoreJobsThanThreadsAllFinish) {
  int done = 0;
  for (int i = 0; i < 500; ++i) {
    loop_.Offload([] { return Status::OK(); }, [&](const Status&) { ++done; });
  }
  loop_.Run();
  EXPECT_EQ(done, 500);
}

TEST_F(LoopTest, PostFromAnotherThreadWakesTheLoop) {
  loop_.After(hours(1), [] {});
  bool woken = false;
  std::thread other([&] { loop_.Post([&] { woken = true; }); });
  loop_.RunUntil([&] { return woken; });
  other.join();
  EXPECT_TRUE(woken);
}

TEST_F(LoopTest, ACallbackMayRunTheLoopItself) {
  loop_.Post([this] {
    bool inner = false;
    loop_.Offload([] { return Status::OK(); }, [&](const Status&) { inner = true; });
    loop_.RunUntil([&] { return inner; });
    notes_.push_back(inner ? "inner done" : "inner lost");
  });
  loop_.Post(Note("second"));
  loop_.Run();
  EXPECT_THAT(notes_, testing::UnorderedElementsAre("inner done", "second"));
}

TEST_F(LoopTest, RunUntilReturnsWhenNothingCanHappenAnyMore) {
  loop_.RunUntil([] { return false; });
  SUCCEED();
}

TEST(LoopDestructor, DropsWhatIsPendingAndWaitsForRunningWork) {
  std::atomic<bool> finished = false;
  bool called_back = false;
  {
    Loop loop;
    std::atomic<bool> started = false;
    loop.Offload(
        [&] {
          started = true;
          finished = true;
          return Status::OK();
        },
        [&](const Status&) { called_back = true; });
    loop.After(hours(1), [&] { called_back = true; });
    while (!started) std::this_thread::yield();
  }
  EXPECT_TRUE(finished);
  EXPECT_FALSE(called_back);
}

}  // namespace
}  // namespace tideway::loop
