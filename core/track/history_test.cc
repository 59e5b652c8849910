#include "core/track/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/track/receipt.h"

namespace tideway::track {
namespace {

using ::testing::HasSubstr;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    char path[] = "/tmp/tideway-history-XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~HistoryTest() override { std::filesystem::remove_all(folder_); }

  RunFolder MakeRun(const std::string& status) {
    clock_.Advance(std::chrono::seconds(1));
    RunFolder run = *MakeRunFolder(folder_, clock_);
    Receipt receipt;
    receipt.run_id = run.id;
    receipt.status = status;
    if (!status.empty()) {
      EXPECT_TRUE(WriteReceipt(run.path + "/receipt.json", receipt).ok());
    }
    return run;
  }

  std::string folder_;
  FakeClock clock_{std::chrono::seconds(1'785'000'000)};
};

TEST_F(HistoryTest, ListsRunsFromTheNewestWithWhatBecameOfThem) {
  MakeRun("done");
  MakeRun("failed");
  MakeRun("");
  const RunFolder dead = MakeRun("");
  const std::string owner = *ReadFile(dead.path + "/owner");
  ASSERT_TRUE(WriteFileAtomic(dead.path + "/owner", owner + "1").ok());
  const auto runs = *ListRuns(folder_);
  ASSERT_EQ(runs.size(), 4U);
  EXPECT_EQ(runs[0].status, "killed");
  EXPECT_TRUE(runs[0].receipt.is_null());
  EXPECT_EQ(runs[1].status, "running");
  EXPECT_EQ(runs[2].status, "failed");
  EXPECT_EQ(runs[3].status, "done");
  EXPECT_EQ(runs[3].receipt["run"], runs[3].id);
}

TEST_F(HistoryTest, FindsARunByItsBeginningOrAsTheLast) {
  const RunFolder first = MakeRun("done");
  const RunFolder last = MakeRun("done");
  EXPECT_EQ(FindRun(folder_, first.id)->id, first.id);
  EXPECT_EQ(FindRun(folder_, first.id.substr(0, 15))->id, first.id);
  EXPECT_EQ(FindRun(folder_, "last")->id, last.id);
}

TEST_F(HistoryTest, RefusesAnIdThatIsNoneOrSeveral) {
  EXPECT_TRUE(ListRuns(folder_)->empty());
  EXPECT_THAT(FindRun(folder_, "last").status().message(), HasSubstr("track: no run last in"));
  MakeRun("done");
  MakeRun("done");
  EXPECT_THAT(FindRun(folder_, "2026").status().message(), HasSubstr("2 runs begin with 2026"));
  EXPECT_THAT(FindRun(folder_, "1999").status().message(), HasSubstr("no run 1999"));
}

TEST_F(HistoryTest, AReceiptThatIsNoneIsNamed) {
  const RunFolder run = MakeRun("");
  ASSERT_TRUE(WriteFileAtomic(run.path + "/receipt.json", "{\"run\": ").ok());
  EXPECT_THAT(ListRuns(folder_).status().message(),
              HasSubstr("not a receipt: " + run.path + "/receipt.json"));
}

}  // namespace
}  // namespace tideway::track
