#include "core/dataset/op/sample.h"

#include <algorithm>
#include <set>

#include "core/dataset/materialise.h"
#include "core/dataset/op/select.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::DatasetTest;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;

class SampleTest : public DatasetTest {
 protected:
  std::vector<int64_t> Ids(const NodePtr& source, SampleOptions options, int workers = 2,
                           int64_t memory = 512 << 20) {
    RunContext run(Options(workers, memory));
    const auto plan = MakeSample(source, std::move(options));
    EXPECT_TRUE(plan.ok()) << plan.status().ToString();
    return Numbers(*Collect(**plan, run));
  }
  NodePtr source_ = SourceOf(CutEvery(NumberedRows(20'000), 100));
};

TEST_F(SampleTest, TakesExactlyNDistinctRowsInTheirOrder) {
  for (const int64_t n : {0, 1, 7, 5000, 19'999, 20'000, 30'000}) {
    const auto ids = Ids(source_, {.n = n, .seed = 42});
    EXPECT_EQ(static_cast<int64_t>(ids.size()), std::min<int64_t>(n, 20'000));
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
  }
}

TEST_F(SampleTest, DependsOnSeedAndRowsOnly) {
  const auto known = SourceOf(CutEvery(NumberedRows(20'000), 77), true);
  const auto expected = Ids(source_, {.n = 3000, .seed = 42});
  for (const int workers : {1, 2, 8}) {
    EXPECT_EQ(Ids(source_, {.n = 3000, .seed = 42}, workers), expected);
    EXPECT_EQ(Ids(source_, {.n = 3000, .seed = 42}, workers, 0), expected) << "spilled";
    EXPECT_EQ(Ids(known, {.n = 3000, .seed = 42}, workers), expected) << "rows known";
  }
  EXPECT_NE(Ids(source_, {.n = 3000, .seed = 43}), expected);
}

TEST_F(SampleTest, RowsKnownBeforehandAndNAboveThemGivesAll) {
  const auto known = SourceOf(CutEvery(NumberedRows(100), 7), true);
  EXPECT_EQ(Ids(known, {.n = 100}).size(), 100U);
  EXPECT_EQ(Ids(known, {.n = 150}).size(), 100U);
  EXPECT_EQ(Ids(known, {.n = 199}).size(), 100U);
}

// A source that counts 20,000 rows and then has fewer, as a query that draws lots does.
class FickleSource : public testing::BatchSource {
 public:
  using BatchSource::BatchSource;
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override { return 20'000; }
};

TEST_F(SampleTest, NIsExactEvenWhenTheSourceHasFewerRowsThanItCounted) {
  const auto rows = CutEvery(NumberedRows(2000), 100);
  const auto fickle = std::make_shared<FickleSource>(rows[0]->schema(), rows);
  EXPECT_EQ(Ids(fickle, {.n = 500, .seed = 42}), Ids(SourceOf(rows), {.n = 500, .seed = 42}));
}

TEST_F(SampleTest, ByKeyTheOrderOfRowsDoesNotMatter) {
  const auto rows = NumberedRows(5000);
  auto pieces = CutEvery(rows, 50);
  const auto straight = Ids(SourceOf(pieces), {.n = 700, .seed = 1, .key = {"id"}});
  std::reverse(pieces.begin(), pieces.end());
  auto reversed = Ids(SourceOf(pieces), {.n = 700, .seed = 1, .key = {"id"}});
  EXPECT_NE(reversed, straight);
  std::sort(reversed.begin(), reversed.end());
  EXPECT_EQ(reversed, straight);
}

TEST_F(SampleTest, ALargerSampleByTheSameSeedContainsTheSmaller) {
  const auto small = Ids(source_, {.n = 100, .seed = 5, .key = {"id"}});
  const auto large = Ids(source_, {.n = 1000, .seed = 5, .key = {"id"}});
  EXPECT_TRUE(std::includes(large.begin(), large.end(), small.begin(), small.end()));
}

TEST_F(SampleTest, EqualKeysAreTakenByPosition) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("key", arrow::utf8())});
  std::vector<BatchPtr> batches;
  for (int64_t i = 0; i < 300; ++i) {
    batches.push_back(Rows(schema, {"[" + std::to_string(i) + "]", R"(["same"])"}));
  }
  for (const int workers : {1, 8}) {
    const auto ids = Ids(SourceOf(batches), {.n = 120, .seed = 3, .key = {"key"}}, workers);
    ASSERT_EQ(ids.size(), 120U);
    EXPECT_EQ(ids.front(), 0);
    EXPECT_EQ(ids.back(), 119);
  }
}

TEST_F(SampleTest, IntegerKeysOfAnyWidthChooseTheSame) {
  std::vector<std::vector<int64_t>> chosen;
  for (const auto& type : {arrow::int16(), arrow::int32(), arrow::int64(), arrow::uint16()}) {
    const auto schema =
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("key", type)});
    std::string numbers = "[0";
    for (int i = 1; i < 1000; ++i) numbers += ", " + std::to_string(i);
    numbers += "]";
    chosen.push_back(Ids(SourceOf({Rows(schema, {numbers, numbers})}), {.n = 50, .key = {"key"}}));
  }
  for (const auto& ids : chosen) EXPECT_EQ(ids, chosen[0]);
}

TEST_F(SampleTest, ANullKeyIsAnErrorWithItsRow) {
  RunContext run(Options());
  const auto plan = *MakeSample(source_, {.n = 5, .key = {"label"}});
  const Status status = Failure(*plan, run);
  EXPECT_EQ(status.message(), "sample: key `label` is null (row 31)");
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(Files(), 0);
}

TEST_F(SampleTest, AnAwkwardKeyColumnIsRefused) {
  RunContext run(Options());
  EXPECT_EQ((*MakeSample(source_, {.n = 5, .key = {"idd"}}))->schema(run).status().message(),
            "sample: no column `idd`; did you mean `id`?");
  const auto schema = arrow::schema({arrow::field("x", arrow::float64())});
  EXPECT_EQ(Failure(**MakeSample(SourceOf({Rows(schema, {"[1.5]"})}), {.n = 1, .key = {"x"}}), run)
                .message(),
            "sample: column `x` cannot be a key: double");
}

TEST_F(SampleTest, FractionTakesAboutThatShare) {
  const auto ids = Ids(source_, {.fraction = 0.25, .seed = 9});
  EXPECT_NEAR(static_cast<double>(ids.size()), 5000, 200);
  EXPECT_EQ(Ids(source_, {.fraction = 0.25, .seed = 9}, 8, 0), ids);
  EXPECT_TRUE(Ids(source_, {.fraction = 0.0}).empty());
  EXPECT_EQ(Ids(source_, {.fraction = 1.0}).size(), 20'000U);
}

TEST_F(SampleTest, BadOptionsAreRefused) {
  EXPECT_EQ(MakeSample(source_, {}).status().message(), "sample: give either n or fraction");
  EXPECT_EQ(MakeSample(source_, {.n = 1, .fraction = 0.5}).status().message(),
            "sample: give either n or fraction");
  EXPECT_EQ(MakeSample(source_, {.n = -1}).status().message(),
            "sample: n must not be negative: -1");
  EXPECT_EQ(MakeSample(source_, {.fraction = 1.5}).status().message(),
            "sample: fraction must be from 0 to 1: 1.5");
  EXPECT_FALSE(MakeSample(source_, {.fraction = std::nan("")}).ok());
}

TEST_F(SampleTest, OfNoRowsIsEmpty) {
  const auto none = SourceOf({NumberedRows(0)});
  EXPECT_TRUE(Ids(none, {.n = 5}).empty());
  EXPECT_TRUE(Ids(none, {.fraction = 0.5}).empty());
}

TEST_F(SampleTest, RowsInAndOutAreCounted) {
  RunContext run(Options());
  Collect(**MakeSample(source_, {.n = 10, .seed = 2, .key = {"id"}}), run);
  const auto steps = run.steps();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].step.name, "sample 10 rows by id, seed 2");
  EXPECT_EQ(steps[0].rows_in, 20'000);
  EXPECT_EQ(steps[0].rows_out, 10);
}

TEST_F(SampleTest, NumbersOfRowsAreKnownWhereTheInputIs) {
  RunContext run(Options());
  const auto known = SourceOf({NumberedRows(100)}, true);
  EXPECT_EQ(*PlanRows(**MakeSample(known, {.n = 7}), run), 7);
  EXPECT_EQ(*PlanRows(**MakeSample(known, {.n = 700}), run), 100);
  EXPECT_EQ(*PlanRows(**MakeSample(source_, {.n = 7}), run), std::nullopt);
}

TEST_F(SampleTest, AnErrorBelowLeavesNoScratch) {
  RunContext run(Options(2, 0));
  auto broken = SourceOf(CutEvery(NumberedRows(1000), 10));
  broken->fail_at = 70;
  EXPECT_EQ(Failure(**MakeSample(broken, {.n = 900}), run).message(), "test: the source broke");
  EXPECT_EQ(Files(), 0);
}

}  // namespace
}  // namespace tideway::dataset
