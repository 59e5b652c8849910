// Strata and weights of sample; its plain parts are in sample_test.cc.
#include <algorithm>
#include <map>
#include <set>

#include "core/dataset/materialise.h"
#include "core/dataset/op/sample.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::DatasetTest;
using testing::Failure;
using ::testing::HasSubstr;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;

// NumberedRows with a weight: id % 5 for most rows, so that a fifth weigh nothing.
BatchPtr WeighedRows(int64_t rows) {
  const BatchPtr numbered = NumberedRows(rows);
  arrow::DoubleBuilder weights;
  for (int64_t id = 0; id < rows; ++id) {
    EXPECT_TRUE(weights.Append(static_cast<double>(id % 5) / 2).ok());
  }
  return numbered->AddColumn(2, "weight", weights.Finish().ValueOrDie()).ValueOrDie();
}

class SampleRulesTest : public DatasetTest {
 protected:
  std::vector<int64_t> Ids(const BatchPtr& rows, const SampleOptions& options, int workers = 2,
                           int64_t memory = 512 << 20, int64_t cut = 100) {
    RunContext run(Options(workers, memory));
    const auto plan = MakeSample(SourceOf(CutEvery(rows, cut)), options);
    EXPECT_TRUE(plan.ok()) << plan.status().ToString();
    const auto ids = Numbers(*Collect(**plan, run));
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
    EXPECT_EQ(run.budget().reserved_bytes(), 0);
    return ids;
  }
  // The same rows for any number of workers, memory and batches.
  std::vector<int64_t> SameIds(const BatchPtr& rows, const SampleOptions& options) {
    const auto expected = Ids(rows, options);
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : {int64_t{0}, int64_t{4096}, int64_t{512} << 20}) {
        EXPECT_EQ(Ids(rows, options, workers, memory, 700 * workers + 13), expected)
            << workers << " " << memory;
      }
    }
    return expected;
  }
  Status Refusal(const BatchPtr& rows, const SampleOptions& options) {
    RunContext run(Options());
    return Failure(**MakeSample(SourceOf(CutEvery(rows, 100)), options), run);
  }
  const BatchPtr rows_ = WeighedRows(20'000);
};

// The label of NumberedRows.
char LabelOf(int64_t id) {
  return id % 31 == 30 ? '0' : id % 10 < 6 ? 'a' : id % 10 < 9 ? 'b' : 'c';
}

std::map<char, int64_t> Labels(const std::vector<int64_t>& ids) {
  std::map<char, int64_t> counts;
  for (const int64_t id : ids) ++counts[LabelOf(id)];
  return counts;
}

TEST_F(SampleRulesTest, PerValueExactlyNOrAllThatThereAre) {
  using Counts = std::map<char, int64_t>;
  EXPECT_EQ(Labels(SameIds(rows_, {.n = 100, .seed = 3, .per = {"label"}})),
            (Counts{{'0', 100}, {'a', 100}, {'b', 100}, {'c', 100}}));
  auto all = Labels(Ids(rows_, {.n = 20'000, .per = {"label"}}));
  EXPECT_EQ(all['0'] + all['a'] + all['b'] + all['c'], 20'000);
  EXPECT_EQ(Labels(Ids(rows_, {.n = 1000, .per = {"label"}}))['0'], 645);
  EXPECT_TRUE(Ids(rows_, {.n = 0, .per = {"label"}}).empty());
  EXPECT_NE(Ids(rows_, {.n = 100, .seed = 4, .per = {"label"}}),
            Ids(rows_, {.n = 100, .seed = 3, .per = {"label"}}));
}

TEST_F(SampleRulesTest, PerValueAFractionIsExactToTheNearestRow) {
  std::vector<int64_t> every(20'000);
  for (size_t id = 0; id < every.size(); ++id) every[id] = static_cast<int64_t>(id);
  auto counts = Labels(SameIds(rows_, {.fraction = 0.1, .seed = 3, .per = {"label"}}));
  for (const auto& [label, all] : Labels(every)) EXPECT_EQ(counts[label], (all + 5) / 10) << label;
  EXPECT_TRUE(Ids(rows_, {.fraction = 0.0, .per = {"label"}}).empty());
  EXPECT_EQ(Ids(rows_, {.fraction = 1.0, .per = {"label"}}).size(), 20'000U);
}

TEST_F(SampleRulesTest, PerSeveralColumnsTakesEachCombination) {
  arrow::Int8Builder fours;
  for (int64_t id = 0; id < 20'000; ++id)
    ASSERT_TRUE(fours.Append(static_cast<int8_t>(id % 4)).ok());
  const BatchPtr rows = *rows_->AddColumn(3, "four", fours.Finish().ValueOrDie());
  const auto ids = SameIds(rows, {.n = 7, .seed = 3, .per = {"four", "label"}});
  std::map<std::pair<int64_t, char>, int> counts;
  for (const int64_t id : ids) ++counts[{id % 4, LabelOf(id)}];
  EXPECT_EQ(counts.size(), 14U);  // a "c" is odd
  for (const auto& [value, count] : counts) EXPECT_EQ(count, 7);
}

TEST_F(SampleRulesTest, PerValueByKeyTheOrderOfRowsDoesNotMatter) {
  const SampleOptions options{.n = 50, .seed = 3, .key = {"id"}, .per = {"label"}};
  const auto straight = SameIds(rows_, options);
  auto pieces = CutEvery(rows_, 50);
  std::reverse(pieces.begin(), pieces.end());
  RunContext run(Options());
  auto reversed = Numbers(*Collect(**MakeSample(SourceOf(pieces), options), run));
  std::sort(reversed.begin(), reversed.end());
  EXPECT_EQ(reversed, straight);
}

TEST_F(SampleRulesTest, PerOneValueIsThePlainSample) {
  const auto one = NumberedRows(6)->Slice(0, 6);
  EXPECT_EQ(Ids(one, {.n = 3, .seed = 8, .per = {"label"}}), Ids(one, {.n = 3, .seed = 8}));
}

TEST_F(SampleRulesTest, WeightsTakeExactlyNAndNeverARowThatWeighsNothing) {
  for (const SampleOptions& options :
       {SampleOptions{.n = 5000, .seed = 3, .weights = "weight"},
        SampleOptions{.n = 1000, .seed = 3, .key = {"id"}, .per = {"label"}, .weights = "weight"},
        SampleOptions{.fraction = 0.2, .seed = 3, .weights = "weight"}}) {
    const auto ids = SameIds(rows_, options);
    for (const int64_t id : ids) EXPECT_NE(id % 5, 0) << id;
    if (options.per.empty()) {
      EXPECT_EQ(ids.size(), options.n ? 5000U : 4000U);
    }
  }
  EXPECT_EQ(Ids(rows_, {.n = 18'000, .weights = "weight"}).size(), 16'000U);
  EXPECT_EQ(Ids(rows_, {.n = 18'000, .per = {"label"}, .weights = "weight"}).size(), 16'000U);
  EXPECT_TRUE(Ids(rows_, {.n = 0, .weights = "weight"}).empty());
}

TEST_F(SampleRulesTest, RowsAreDrawnWithOddsInProportionToTheirWeights) {
  // Many draws at once: one from each four rows.
  constexpr int64_t kDraws = 4000;
  arrow::Int64Builder ids, draws, weights;
  for (int64_t id = 0; id < 4 * kDraws; ++id) {
    ASSERT_TRUE(ids.Append(id).ok() && draws.Append(id / 4).ok());
    ASSERT_TRUE(weights.Append(std::vector<int64_t>{1, 2, 7, 0}[static_cast<size_t>(id % 4)]).ok());
  }
  const auto number = arrow::int64();
  const auto schema = arrow::schema(
      {arrow::field("id", number), arrow::field("draw", number), arrow::field("w", number)});
  const BatchPtr rows = arrow::RecordBatch::Make(
      schema, 4 * kDraws,
      {ids.Finish().ValueOrDie(), draws.Finish().ValueOrDie(), weights.Finish().ValueOrDie()});
  const auto shares = [&](int64_t n) {
    std::map<int64_t, std::vector<int64_t>> drawn;
    for (const int64_t id : Ids(rows, {.n = n, .per = {"draw"}, .weights = "w"})) {
      drawn[id / 4].push_back(id % 4);
    }
    std::map<std::vector<int64_t>, double> share;
    for (const auto& [draw, taken] : drawn) share[taken] += 1.0 / kDraws;
    return share;
  };
  auto one = shares(1), two = shares(2);
  EXPECT_NEAR(one[{0}], 0.1, 0.02);
  EXPECT_NEAR(one[{1}], 0.2, 0.02);
  EXPECT_NEAR(one[{2}], 0.7, 0.02);
  // The first by weight, the second by weight among those left.
  EXPECT_NEAR((two[{0, 1}]), 0.1 * 2 / 9 + 0.2 * 1 / 8, 0.02);
  EXPECT_NEAR((two[{0, 2}]), 0.1 * 7 / 9 + 0.7 * 1 / 3, 0.03);
  EXPECT_NEAR((two[{1, 2}]), 0.2 * 7 / 8 + 0.7 * 2 / 3, 0.03);
}

TEST_F(SampleRulesTest, EqualWeightsAreThePlainSample) {
  const auto ones = arrow::MakeArrayFromScalar(arrow::DoubleScalar(2.5), 20'000).ValueOrDie();
  const BatchPtr rows =
      rows_->SetColumn(2, arrow::field("weight", arrow::float64()), ones).ValueOrDie();
  EXPECT_EQ(Ids(rows, {.n = 3000, .seed = 6, .weights = "weight"}),
            Ids(rows, {.n = 3000, .seed = 6}));
}

TEST_F(SampleRulesTest, WeightsMayBeTinyHugeOrDecimal) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("w", arrow::float64()),
                     arrow::field("d", arrow::decimal128(5, 2))});
  const BatchPtr rows =
      Rows(schema, {"[0, 1, 2]", "[5e-324, 1.7e308, 0]", R"(["0.01", "0.00", "0.00"])"});
  EXPECT_EQ(Ids(rows, {.n = 1, .weights = "w"}), std::vector<int64_t>{1});
  EXPECT_EQ(Ids(rows, {.n = 3, .weights = "w"}), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(Ids(rows, {.n = 3, .weights = "d"}), std::vector<int64_t>{0});
}

TEST_F(SampleRulesTest, AWeightThatIsNoneIsAnErrorWithItsRowAndValue) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("w", arrow::float64())});
  for (const auto& [cell, message] : std::map<std::string, std::string>{
           {"null", "sample: weight `w` is null (row 102)"},
           {"NaN", "sample: weight `w` must be finite and not negative: nan (row 102)"},
           {"-1.5", "sample: weight `w` must be finite and not negative: -1.5 (row 102)"},
           {"Inf", "sample: weight `w` must be finite and not negative: inf (row 102)"}}) {
    std::string ids = "[0", weights = "[1";
    for (int row = 1; row < 300; ++row) {
      ids += ", " + std::to_string(row);
      weights += row == 101 || row == 250 ? ", " + cell : ", 1";
    }
    const BatchPtr rows = Rows(schema, {ids + "]", weights + "]"});
    for (const SampleOptions& options : {SampleOptions{.n = 3, .weights = "w"},
                                         SampleOptions{.n = 3, .per = {"id"}, .weights = "w"}}) {
      const Status status = Refusal(rows, options);
      EXPECT_EQ(status.message(), message);
      EXPECT_EQ(KindOf(status), ErrorKind::kData);
      EXPECT_EQ(Files(), 0);
    }
  }
}

TEST_F(SampleRulesTest, PerValueANullKeyIsAnErrorWithItsRow) {
  EXPECT_EQ(Refusal(rows_, {.n = 3, .key = {"id", "label"}, .per = {"wieght"}}).message(),
            "sample: no column `wieght`; did you mean `weight`?");
  EXPECT_EQ(Refusal(rows_, {.n = 3, .key = {"id", "label"}, .per = {"label"}}).message(),
            "sample: key `label` is null (row 31)");
}

TEST_F(SampleRulesTest, AwkwardColumnsAreRefusedBeforeRunning) {
  const auto source = SourceOf({rows_});
  RunContext run(Options());
  const auto refusal = [&](const SampleOptions& options) {
    return (*MakeSample(source, options))->schema(run).status().message();
  };
  EXPECT_EQ(refusal({.n = 1, .weights = "label"}),
            "sample: weights must be numbers: column `label` is string");
  EXPECT_EQ(refusal({.n = 1, .weights = "wieght"}),
            "sample: no column `wieght`; did you mean `weight`?");
  EXPECT_EQ(refusal({.n = 1, .per = {"weight"}}),
            "sample: column `weight` cannot be a key: double");
  EXPECT_EQ(refusal({.n = 1, .per = {"id", "id"}}), "sample: column `id` is given twice");
  EXPECT_EQ(source->opened, 0);
}

TEST_F(SampleRulesTest, TooManyValuesToSamplePerAreAnError) {
  RunContext run(Options());
  EXPECT_EQ(
      Failure(**MakeSample(SourceOf(CutEvery(NumberedRows(70'000), 7000)), {.n = 1, .per = {"id"}}),
              run)
          .message(),
      "sample: more than 65535 values to sample per in column `id`");
}

TEST_F(SampleRulesTest, OfNoRowsIsEmpty) {
  const BatchPtr none = rows_->Slice(0, 0);
  RunContext run(Options());
  for (const SampleOptions& options : {SampleOptions{.n = 5, .per = {"label"}},
                                       SampleOptions{.fraction = 0.5, .weights = "weight"},
                                       SampleOptions{.n = 5, .weights = "weight"}}) {
    EXPECT_EQ(Collect(**MakeSample(SourceOf({none}), options), run)->num_rows(), 0);
  }
}

TEST_F(SampleRulesTest, AFailureOfTheSourceIsTheErrorAndLeavesNoScratch) {
  auto source = SourceOf(CutEvery(rows_, 50));
  source->fail_at = 70;
  RunContext run(Options(2, 0));
  EXPECT_EQ(Failure(**MakeSample(source, {.n = 9, .per = {"label"}}), run).message(),
            "test: the source broke");
  EXPECT_EQ(Files(), 0);
}

TEST_F(SampleRulesTest, RowsInAndOutAreCountedAndNotPromisedBefore) {
  RunContext run(Options());
  const auto source = SourceOf(CutEvery(rows_, 100), true);
  const auto plan = *MakeSample(
      source, {.n = 10, .seed = 2, .key = {"id"}, .per = {"label"}, .weights = "weight"});
  EXPECT_EQ(*PlanRows(*plan, run), std::nullopt);
  EXPECT_EQ(*PlanRows(**MakeSample(source, {.n = 10, .weights = "weight"}), run), std::nullopt);
  Collect(*plan, run);
  EXPECT_EQ(run.steps()[0].step.name, "sample 10 rows per label by id, weighted by weight, seed 2");
  EXPECT_EQ(run.steps()[0].rows_in, 20'000);
  EXPECT_EQ(run.steps()[0].rows_out, 40);
}

}  // namespace
}  // namespace tideway::dataset
