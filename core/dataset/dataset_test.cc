#include "core/dataset/dataset.h"

#include "core/dataset/materialise.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/op/drop_nulls.h"
#include "core/dataset/op/encode.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::CutEvery;
using testing::DatasetTest;
using testing::NumberedRows;
using testing::Numbers;
using testing::SourceOf;

class HandleTest : public DatasetTest {
 protected:
  std::shared_ptr<testing::BatchSource> source_ = SourceOf(CutEvery(NumberedRows(1000), 10));
};

TEST_F(HandleTest, CountOfAKnownPlanRunsNothing) {
  RunContext run(Options());
  const auto known = SourceOf({NumberedRows(7)}, true);
  EXPECT_EQ(*Dataset(known).Count(run), 7);
  EXPECT_EQ(known->opened, 0);
}

TEST_F(HandleTest, CountKeepsTheRowsForWhatIsBuiltOnThem) {
  for (const int64_t memory : {int64_t{0}, int64_t{1} << 29}) {
    RunContext run(Options(2, memory));
    source_->opened = 0;
    const Dataset rows(MakeDropNulls(source_, {"label"}));
    EXPECT_EQ(*rows.Count(run), 968);
    EXPECT_EQ(*rows.Count(run), 968);
    const Dataset twice(MakeConcat({rows.plan(), rows.plan()}));
    EXPECT_EQ(*twice.Count(run), 2 * 968);
    // An equal plan made anew is the same plan.
    EXPECT_EQ(*Dataset(MakeDropNulls(source_, {"label"})).Count(run), 968);
    EXPECT_EQ(source_->opened, 1);
    EXPECT_EQ(run.steps().at(0).rows_in, 1000);
  }
}

TEST_F(HandleTest, RowsGoWithTheLastHandle) {
  RunContext run(Options(2, 0));
  {
    const Dataset rows(source_);
    EXPECT_EQ(*rows.Count(run), 1000);
    const Dataset copy = rows;
    EXPECT_TRUE(run.keeps_rows());
  }
  EXPECT_FALSE(run.keeps_rows());
  EXPECT_EQ(Files(), 0);
  EXPECT_EQ(*Dataset(source_).Count(run), 1000);
  EXPECT_EQ(source_->opened, 2);
}

TEST_F(HandleTest, PlanAtTheLimitOfDepthWorks) {
  RunContext run(Options());
  NodePtr plan = source_;
  while (plan->depth() < kMaxPlanDepth) plan = MakeDropNulls(plan, {"label"});
  EXPECT_TRUE(CheckDepth(*plan).ok());
  EXPECT_EQ(Fingerprint(*plan, run)->size(), 32);
  EXPECT_GT(PrintPlan(*plan).size(), size_t{kMaxPlanDepth});
  EXPECT_EQ((*plan->schema(run))->num_fields(), (*source_->schema(run))->num_fields());
  EXPECT_EQ(*Dataset(plan).Count(run), 968);
  EXPECT_EQ((*Dataset(MakeConcat({plan, source_})).Head(5, run))->num_rows(), 5);
}

TEST_F(HandleTest, PlanBeyondTheLimitOfDepthIsAUsageError) {
  NodePtr plan = source_;
  while (plan->depth() <= kMaxPlanDepth) plan = MakeConcat({source_, plan});
  const Status status = CheckDepth(*plan);
  EXPECT_EQ(status.message(), "concat: a plan may be at most 1000 steps deep");
  EXPECT_EQ(GetErrorDetail(status)->kind, ErrorKind::kUsage);
  EXPECT_THAT(GetErrorDetail(status)->hint, ::testing::HasSubstr("a:concat(b, c, ...)"));
}

TEST_F(HandleTest, HeadTakesTheFirstRows) {
  RunContext run(Options());
  EXPECT_EQ(Numbers(**Dataset(source_).Head(3, run)), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ((*Dataset(source_).Head(0, run))->num_rows(), 0);
  EXPECT_EQ((*Dataset(source_).Head(5000, run))->num_rows(), 1000);
  EXPECT_EQ((*Dataset(source_).Head(25, run))->num_rows(), 25);
}

TEST_F(HandleTest, CollectGivesAllRowsOrAClearError) {
  RunContext run(Options());
  EXPECT_EQ((*Dataset(source_).Collect(run))->num_rows(), 1000);
  EXPECT_EQ(run.budget().reserved_bytes(), 0);
  RunContext tight(Options(2, 4096));
  const Status status = Dataset(source_).Collect(tight).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kMemory);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("1.0 KiB"));
  EXPECT_EQ(tight.budget().reserved_bytes(), 0);
}

TEST_F(HandleTest, ACursorGoesThroughTheRowsOnce) {
  RunContext run(Options());
  auto cursor = Cursor::Open(source_, run).ValueOrDie();
  int64_t rows = 0;
  while (const BatchPtr batch = cursor->Next().ValueOrDie()) rows += batch->num_rows();
  EXPECT_EQ(rows, 1000);
  EXPECT_EQ(cursor->Next().ValueOrDie(), nullptr);
}

TEST_F(HandleTest, ACursorTellsTheRowOfAnError) {
  RunContext run(Options());
  auto cursor =
      Cursor::Open(*MakeEncode(source_, {.column = "label", .labels = {"a"}}), run).ValueOrDie();
  const Status status = cursor->Next().status();
  EXPECT_EQ(status.message(), "encode label: unknown label: `b`; did you mean `a`? (row 7)");
}

TEST_F(HandleTest, ACancelledCursorStops) {
  RunContext run(Options());
  auto cursor = Cursor::Open(source_, run).ValueOrDie();
  run.cancel().Cancel();
  EXPECT_EQ(KindOf(cursor->Next().status()), ErrorKind::kInterrupted);
}

TEST(RunContextTest, SharesTheMemoryPromise) {
  RunOptions options;
  options.workers = 2;
  const RunContext run(options);
  EXPECT_EQ(run.workers(), 2);
  EXPECT_LE(run.batch_bytes() * 4 * 3, options.memory_bytes / 4);
  options.memory_bytes = 1;
  EXPECT_GE(RunContext(options).batch_bytes(), 64 << 10);
  options.workers = 0;
  EXPECT_GE(RunContext(options).workers(), 1);
}

TEST(RunContextTest, ExecutionsAtTheSameTimeShareTheBatchMemory) {
  RunContext run(RunOptions{.workers = 2});
  const int64_t alone = run.batch_bytes();
  {
    const RunContext::Executing first(run, 1), second(run, run.batches_in_flight());
    EXPECT_EQ(run.batch_bytes(), alone / 2);
  }
  EXPECT_EQ(run.batch_bytes(), alone);
}

TEST(RunContextTest, CountsAddUpByStepFromTheSourceOnwards) {
  RunContext run(RunOptions{});
  const Step late{.sources = {"a"}, .depth = 3, .name = "filter"};
  const Step early{.sources = {"a"}, .depth = 2, .name = "map"};
  const Step other{.sources = {"b"}, .depth = 2, .name = "filter"};
  run.Count({.step = other, .rows_in = 1, .rows_out = 1});
  run.Count({.step = late, .rows_in = 5, .rows_out = 4, .dropped = {{"null", 1}}});
  run.Count({.step = early, .rows_in = 5, .rows_out = 5, .dropped = {{"never", 0}}});
  run.Count({.step = late, .rows_in = 5, .rows_out = 3, .dropped = {{"null", 2}}});
  const auto steps = run.steps();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].step, early);
  EXPECT_TRUE(steps[0].dropped.empty());
  EXPECT_EQ(steps[1].rows_in, 10);
  EXPECT_EQ(steps[1].rows_out, 7);
  EXPECT_EQ(steps[1].dropped, (std::map<std::string, int64_t>{{"null", 3}}));
  EXPECT_EQ(steps[2].step, other);
}

TEST(StepTest, NamesItsSourcesOnceInTheirOrder) {
  const auto left = SourceOf({NumberedRows(1)}), right = SourceOf({NumberedRows(1)});
  const NodePtr both = MakeDropNulls(MakeConcat({MakeDropNulls(left, {"id"}), right}), {"label"});
  EXPECT_EQ(StepOf(*both), (Step{{"test_rows"}, 4, "filter label not null"}));
}

TEST_F(HandleTest, HeadCountsTheRowsThatItUsedOnAnyNumberOfWorkers) {
  const NodePtr plan = MakeDropNulls(SourceOf(CutEvery(NumberedRows(1000), 50)), {"label"});
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    ASSERT_TRUE(Dataset(plan).Head(3, run).ok());
    ASSERT_EQ(run.steps().size(), 1U);
    EXPECT_EQ(run.steps()[0].rows_in, 50) << workers;
    EXPECT_EQ(run.steps()[0].rows_out + run.steps()[0].dropped.at("label is null"), 50) << workers;
  }
}

TEST_F(HandleTest, HeadBeyondTheBudgetIsAClearError) {
  RunContext tight(Options(2, 4096));
  const Status status = Dataset(source_).Head(900, tight).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kMemory);
  EXPECT_THAT(status.message(),
              ::testing::HasSubstr("head: more rows than memory may hold: over "));
  EXPECT_EQ(tight.budget().reserved_bytes(), 0);
}

TEST_F(HandleTest, CollectCountsSlicesOfOneTableOnce) {
  const auto source = SourceOf(CutEvery(NumberedRows(100'000), 10'000));  // some 1.3 MB
  RunContext run(Options(2, 16 << 20));
  const auto table = Dataset(source).Collect(run);
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_EQ((*table)->num_rows(), 100'000);
}

}  // namespace
}  // namespace tideway::dataset
