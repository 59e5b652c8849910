#include "core/dataset/progress.h"

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

TEST(ProgressBoardTest, ShowsStagesWhileTheyLastInTheOrderTheyStarted) {
  ProgressBoard board(SystemClock());
  EXPECT_TRUE(board.stages().empty());
  auto first = board.Start("sort");
  const auto second = board.Start("write.parquet");
  first->AddRows(3);
  first->AddRows(4);
  const auto stages = board.stages();
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0].name, "sort");
  EXPECT_EQ(stages[0].rows, 7);
  first.reset();
  ASSERT_EQ(board.stages().size(), 1U);
  EXPECT_EQ(board.stages()[0].name, "write.parquet");
}

TEST(ProgressBoardTest, TheShareIsTheMeanOfTheInputsOnceAllAreKnown) {
  ProgressBoard board(SystemClock());
  const auto stage = board.Start("push", 2);
  stage->SetShare(0, 1);
  EXPECT_FALSE(board.stages()[0].share.has_value());
  stage->SetShare(1, 0.5);
  EXPECT_EQ(board.stages()[0].share, 0.75);
}

class ExecutionProgressTest : public testing::DatasetTest {};

TEST_F(ExecutionProgressTest, AnExecutionCountsTheRowsThatReachItAndForgetsThemAtItsEnd) {
  RunContext run(Options(1));
  const auto source = testing::SourceOf(testing::CutEvery(testing::NumberedRows(100), 10));
  const auto stream = source->Open(run).ValueOrDie();
  int64_t most = 0;
  ASSERT_TRUE(ForEachBatch(
                  *stream,
                  [&](int64_t, int64_t, const BatchPtr&, Worker&) {
                    for (const auto& stage : run.progress().stages()) {
                      EXPECT_EQ(stage.name, "looking");
                      most = std::max(most, stage.rows);
                    }
                    return Status::OK();
                  },
                  run, "looking")
                  .ok());
  EXPECT_EQ(most, 100);
  EXPECT_TRUE(run.progress().stages().empty());
}

TEST_F(ExecutionProgressTest, NumbersTellTheirShare) {
  RunContext run(Options(1));
  std::vector<double> shares;
  ASSERT_TRUE(ForEachNumber(
                  4,
                  [&](size_t) {
                    shares.push_back(run.progress().stages().at(0).share.value_or(-1));
                    return Status::OK();
                  },
                  run, "counting")
                  .ok());
  EXPECT_EQ(shares.size(), 4U);
  EXPECT_EQ(shares.back(), 1);
}

}  // namespace
}  // namespace tideway::dataset
