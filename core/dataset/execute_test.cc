#include "core/dataset/execute.h"

#include "core/dataset/op/encode.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::BatchSource;
using testing::Collect;
using testing::Cut;
using testing::CutEvery;
using testing::DatasetTest;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::SourceOf;

class ExecuteTest : public DatasetTest {};

// Takes batches and does what it is told at the n-th.
class ScriptedSink : public Sink {
 public:
  std::string_view name() const override { return "scripted"; }
  Status Open(const SchemaPtr&) override { return open; }
  Result<bool> Consume(const BatchPtr& batch) override {
    rows += batch->num_rows();
    if (++batches == fail_at) return Error(ErrorKind::kIo, "test: the sink broke");
    if (batches == cancel_at) run->cancel().Cancel();
    return batches != stop_at;
  }
  Status Finish() override {
    finished = true;
    return Status::OK();
  }

  Status open;
  RunContext* run = nullptr;
  int batches = 0, fail_at = -1, stop_at = -1, cancel_at = -1;
  int64_t rows = 0;
  bool finished = false;
};

TEST_F(ExecuteTest, RowsComeInOrderForAnyNumberOfWorkers) {
  const auto source = SourceOf(CutEvery(NumberedRows(10'000), 7));
  std::vector<int64_t> expected(10'000);
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<int64_t>(i);
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    EXPECT_EQ(Numbers(*Collect(*source, run)), expected) << workers;
  }
}

TEST_F(ExecuteTest, EmptyBatchesPassAndEmptyPlansFinish) {
  RunContext run(Options());
  const auto rows = NumberedRows(5);
  const auto mixed = SourceOf(Cut(rows, {0, 2, 0, 0, 3, 0}));
  EXPECT_EQ(Numbers(*Collect(*mixed, run)), (std::vector<int64_t>{0, 1, 2, 3, 4}));
  const BatchSource none(rows->schema(), {});
  ScriptedSink sink;
  ASSERT_TRUE(Execute(none, sink, run).ok());
  EXPECT_TRUE(sink.finished);
  EXPECT_EQ(Collect(none, run)->num_rows(), 0);
}

TEST_F(ExecuteTest, TheEarliestErrorWinsAndTheSinkIsNotFinished) {
  for (const int workers : {1, 2, 8}) {
    for (const bool in_next : {false, true}) {
      RunContext run(Options(workers));
      auto source = SourceOf(CutEvery(NumberedRows(1000), 10));
      source->fail_at = 40;
      source->fail_in_next = in_next;
      ScriptedSink sink;
      const Status status = Execute(*source, sink, run);
      EXPECT_EQ(status.message(), "test: the source broke");
      EXPECT_EQ(sink.batches, 40);
      EXPECT_FALSE(sink.finished);
    }
  }
}

TEST_F(ExecuteTest, AnErrorOfTheSinkStopsThePlan) {
  RunContext run(Options());
  ScriptedSink sink;
  sink.fail_at = 3;
  const Status status = Execute(*SourceOf(CutEvery(NumberedRows(1000), 10)), sink, run);
  EXPECT_EQ(KindOf(status), ErrorKind::kIo);
  EXPECT_EQ(sink.batches, 3);
  EXPECT_FALSE(sink.finished);
}

TEST_F(ExecuteTest, ASinkThatCannotOpenRunsNothing) {
  RunContext run(Options());
  ScriptedSink sink;
  sink.open = Error(ErrorKind::kAuth, "test: not allowed");
  EXPECT_EQ(KindOf(Execute(*SourceOf({NumberedRows(3)}), sink, run)), ErrorKind::kAuth);
  EXPECT_EQ(sink.batches, 0);
}

TEST_F(ExecuteTest, ASinkThatHasEnoughEndsThePlanWell) {
  RunContext run(Options());
  ScriptedSink sink;
  sink.stop_at = 2;
  auto source = SourceOf(CutEvery(NumberedRows(1000), 10));
  source->fail_at = 90;  // never reached
  ASSERT_TRUE(Execute(*source, sink, run).ok());
  EXPECT_EQ(sink.rows, 20);
  EXPECT_TRUE(sink.finished);
}

TEST_F(ExecuteTest, CancelEndsWithKindInterrupted) {
  for (const int workers : {1, 2}) {
    RunContext run(Options(workers));
    ScriptedSink sink;
    sink.run = &run;
    sink.cancel_at = 5;
    const Status status = Execute(*SourceOf(CutEvery(NumberedRows(10'000), 10)), sink, run);
    EXPECT_EQ(KindOf(status), ErrorKind::kInterrupted);
    EXPECT_LT(sink.batches, 20);
    EXPECT_FALSE(sink.finished);
  }
}

TEST_F(ExecuteTest, SeveralPlansRunAtOnceIntoTheirOwnSinks) {
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    const auto first = SourceOf(CutEvery(NumberedRows(1000), 10));
    const auto second = SourceOf(CutEvery(NumberedRows(500), 3));
    CountSink a, b;
    ASSERT_TRUE(ExecuteAll({{first, &a}, {second, &b}}, run).ok());
    EXPECT_EQ(a.rows(), 1000);
    EXPECT_EQ(b.rows(), 500);
  }
}

TEST_F(ExecuteTest, AnErrorInOnePlanFinishesNone) {
  RunContext run(Options());
  const auto good = SourceOf({NumberedRows(10)});
  auto bad = SourceOf(CutEvery(NumberedRows(100), 10));
  bad->fail_at = 5;
  ScriptedSink a, b;
  EXPECT_EQ(ExecuteAll({{good, &a}, {bad, &b}}, run).message(), "test: the source broke");
  EXPECT_FALSE(a.finished);
  EXPECT_FALSE(b.finished);
}

TEST_F(ExecuteTest, NoPlansAreNothingToDo) {
  RunContext run(Options());
  EXPECT_TRUE(ExecuteAll({}, run).ok());
}

TEST_F(ExecuteTest, RowErrorsTellThePositionInTheWholeInput) {
  auto rows = NumberedRows(1000);  // row 10 has the first "c", row 31 the first null
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    const auto plan =
        *MakeEncode(SourceOf(CutEvery(rows, 4)), {.column = "label", .labels = {"a", "b"}});
    const Status status = Failure(*plan, run);
    EXPECT_EQ(status.message(), "encode label: unknown label: `c`; did you mean `a`? (row 10)");
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
  }
}

TEST_F(ExecuteTest, NoMoreIsComputedAheadThanMayWait) {
  RunContext run(Options(2, 1 << 20));
  const int tokens = run.batches_in_flight();
  const auto large = NumberedRows(run.reckoned_bytes(tokens) / int64_t{sizeof(int64_t)});
  const auto source = SourceOf(std::vector<BatchPtr>(static_cast<size_t>(tokens), large));
  int64_t ahead = -1;  // computed while the first waits until all are given
  source->before = [&](int64_t index) {
    if (index > 0) return;
    for (int64_t given = source->given; given < tokens; given = source->given) {
      source->given.wait(given);
    }
    ahead = source->computed;
  };
  ScriptedSink sink;
  ASSERT_TRUE(Execute(*source, sink, run).ok());
  EXPECT_EQ(ahead, 1);
  EXPECT_EQ(sink.batches, tokens);
}

TEST_F(ExecuteTest, StepsAreCountedOncePerRow) {
  RunContext run(Options());
  const auto plan = *MakeEncode(
      SourceOf(CutEvery(NumberedRows(100), 9)),
      {.column = "label", .labels = {"a", "b"}, .on_unknown = EncodeOptions::Unknown::kDrop});
  EXPECT_EQ(Collect(*plan, run)->num_rows(), 90);
  const auto steps = run.steps();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].step.name, "encode label");
  EXPECT_EQ(steps[0].rows_in, 100);
  EXPECT_EQ(steps[0].rows_out, 90);
  EXPECT_EQ(steps[0].dropped.at("unknown label"), 10);
}

TEST_F(ExecuteTest, ExceptionsOfLibrariesBecomeErrors) {
  class Thrower : public Sink {
   public:
    std::string_view name() const override { return "thrower"; }
    Status Open(const SchemaPtr&) override { return Status::OK(); }
    Result<bool> Consume(const BatchPtr&) override { throw std::bad_alloc(); }
    Status Finish() override { return Status::OK(); }
  } sink;
  RunContext run(Options());
  EXPECT_EQ(KindOf(Execute(*SourceOf({NumberedRows(1)}), sink, run)), ErrorKind::kMemory);
}

}  // namespace
}  // namespace tideway::dataset
