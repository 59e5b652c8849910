#include "core/mirror/lease.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/base/file.h"
#include "core/base/owner.h"

namespace tideway::mirror {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::HasSubstr;

class LeaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("lease-" + std::to_string(getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<Lease> Take(Leases& leases, const std::string& name = "a/1") {
    auto lease = leases.Try(name);
    EXPECT_TRUE(lease.ok()) << lease.status().ToString();
    return lease.ok() ? std::move(*lease) : nullptr;
  }
  // As a process of another machine would leave it.
  void WriteForeign(int64_t generation, int64_t beat, const std::string& state = "held") {
    fs::create_directories(folder_ / "a/1");
    std::ofstream(folder_ / "a/1" / std::to_string(generation))
        << R"({"owner": "00000000-7-7", "host": "node7", "state": ")" << state << R"(", "beat": )"
        << beat << "}\n";
  }
  // The mark of a process of this machine that has ended.
  static std::string DeadMark() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      const std::string mark = OwnerMark();
      _exit(write(ends[1], mark.data(), mark.size()) > 0 ? 0 : 1);
    }
    char mark[256];
    const ssize_t count = read(ends[0], mark, sizeof mark);
    close(ends[0]);
    close(ends[1]);
    waitpid(child, nullptr, 0);
    return {mark, static_cast<size_t>(count)};
  }

  fs::path folder_;
  FakeClock clock_;
};

constexpr LeaseOptions kByHand{.lease_s = 60, .beats = false};

TEST_F(LeaseTest, OneOfTwoHoldsIt) {
  Leases leases(folder_, kByHand, clock_), others(folder_, kByHand, clock_);
  const auto first = Take(leases);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(Take(others), nullptr);
  EXPECT_TRUE(*others.IsHeld("a/1"));
  EXPECT_TRUE(first->Check().ok());
}

TEST_F(LeaseTest, GivenUpItIsFreeForTheNext) {
  Leases leases(folder_, kByHand, clock_), others(folder_, kByHand, clock_);
  Take(leases).reset();
  EXPECT_FALSE(*others.IsHeld("a/1"));
  const auto next = Take(others);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->former(), "");
}

TEST_F(LeaseTest, TheHolderOnAnotherMachineIsDeadWhenItsBeatStandsStillForThreeLeases) {
  WriteForeign(4, 17);
  Leases leases(folder_, kByHand, clock_);
  EXPECT_EQ(Take(leases), nullptr);
  clock_.Advance(seconds(179));
  EXPECT_EQ(Take(leases), nullptr);
  clock_.Advance(seconds(1));
  const auto lease = Take(leases);
  ASSERT_NE(lease, nullptr);
  EXPECT_EQ(lease->former(), "00000000-7-7");
}

TEST_F(LeaseTest, ABeatInTimeKeepsTheLeaseOfAnotherMachine) {
  WriteForeign(4, 17);
  Leases leases(folder_, kByHand, clock_);
  for (int64_t beat = 18; beat < 30; ++beat) {
    EXPECT_EQ(Take(leases), nullptr);
    clock_.Advance(seconds(100));
    WriteForeign(4, beat);
  }
}

TEST_F(LeaseTest, WhoLooksForTheFirstTimeProvesNothing) {
  WriteForeign(4, 17);
  clock_.Advance(seconds(100000));
  Leases leases(folder_, kByHand, clock_);
  EXPECT_EQ(Take(leases), nullptr);
}

TEST_F(LeaseTest, ADeadProcessOfThisMachineHoldsNothing) {
  fs::create_directories(folder_ / "a/1");
  const std::string dead = DeadMark();
  std::ofstream(folder_ / "a/1/3")
      << R"({"owner": ")" << dead << R"(", "host": "here", "state": "held", "beat": 1})";
  Leases leases(folder_, kByHand, clock_);
  const auto lease = Take(leases);
  ASSERT_NE(lease, nullptr);
  EXPECT_EQ(lease->former(), dead);
}

TEST_F(LeaseTest, ALivingProcessOfThisMachineHoldsItHoweverLongItIsStill) {
  Leases leases(folder_, kByHand, clock_), others(folder_, kByHand, clock_);
  const auto lease = Take(leases);
  EXPECT_EQ(Take(others), nullptr);
  clock_.Advance(seconds(100000));
  EXPECT_EQ(Take(others), nullptr);
}

TEST_F(LeaseTest, TheOvertakenHolderIsTold) {
  Leases leases(folder_, kByHand, clock_);
  const auto lease = Take(leases);
  WriteForeign(2, 1);
  const Status status = lease->Check();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_THAT(status.message(), HasSubstr("another process took a/1 over"));
}

TEST_F(LeaseTest, TheOvertakenHolderIsToldWhenTheNextIsGoneAgain) {
  Leases leases(folder_, kByHand, clock_);
  const auto lease = Take(leases);
  fs::remove_all(folder_ / "a/1");
  EXPECT_EQ(KindOf(lease->Check()), ErrorKind::kConflict);
}

TEST_F(LeaseTest, AnOvertakenLeaseThatIsGivenUpLeavesTheNextAlone) {
  Leases leases(folder_, kByHand, clock_);
  auto lease = Take(leases);
  WriteForeign(2, 1);
  lease.reset();
  EXPECT_THAT(*ReadFile(folder_ / "a/1/2"), HasSubstr("\"held\""));
}

TEST_F(LeaseTest, WhoStoodStillForThreeLeasesDoesNotTrustItsOwn) {
  Leases leases(folder_, kByHand, clock_);
  const auto lease = Take(leases);
  clock_.Advance(seconds(180));
  const Status status = lease->Check();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_THAT(status.message(), HasSubstr("stood still for 180 s"));
  leases.Beat();
  EXPECT_TRUE(lease->Check().ok());
}

TEST_F(LeaseTest, AHalfWrittenFileIsALeaseOfSomebodyUntilItStandsStill) {
  fs::create_directories(folder_ / "a/1");
  std::ofstream(folder_ / "a/1/1") << R"({"owner": "0000)";
  Leases leases(folder_, kByHand, clock_);
  EXPECT_EQ(Take(leases), nullptr);
  clock_.Advance(seconds(180));
  EXPECT_NE(Take(leases), nullptr);
}

TEST_F(LeaseTest, OldGenerationsAndTemporariesGo) {
  WriteForeign(1, 1, "free");
  WriteForeign(2, 1, "free");
  Leases leases(folder_, kByHand, clock_);
  const auto lease = Take(leases);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_ / "a/1"))
    names.push_back(entry.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"3"});
}

TEST_F(LeaseTest, OfManyThreadsOneAtATimeHoldsIt) {
  std::atomic<int> holders{0}, taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Leases leases(folder_, kByHand, clock_);
      for (int round = 0; round < 200; ++round) {
        const auto lease = leases.Try("a/1");
        ASSERT_TRUE(lease.ok()) << lease.status().ToString();
        if (*lease == nullptr) continue;
        EXPECT_EQ(++holders, 1);
        ++taken;
        --holders;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(taken, 0);
}

TEST_F(LeaseTest, AFolderThatCannotBeWrittenIsAnErrorThatNamesIt) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "a") << "a file";
  Leases leases(folder_, kByHand, clock_);
  const auto lease = leases.Try("a/1");
  ASSERT_FALSE(lease.ok());
  EXPECT_THAT(lease.status().message(), HasSubstr((folder_ / "a").string()));
}

}  // namespace
}  // namespace tideway::mirror
