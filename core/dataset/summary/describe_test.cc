#include "core/dataset/summary/describe.h"

#include <arrow/scalar.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/dataset/summary/distinct_count.h"
#include "core/dataset/summary/fixed_point_sum.h"
#include "core/dataset/summary/histogram.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::CutEvery;
using testing::NumberedRows;
using testing::Rows;
using testing::SourceOf;

class DescribeTest : public testing::DatasetTest {
 protected:
  Summary SummaryOf(const NodePtr& plan) {
    RunContext run(Options());
    auto summary = Describe(*plan, run);
    EXPECT_TRUE(summary.ok()) << summary.status().ToString();
    return summary.ok() ? *summary : Summary();
  }
  // Of a single column.
  ColumnSummary Of(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
    const auto schema = arrow::schema({arrow::field("x", type)});
    return SummaryOf(SourceOf({Rows(schema, {json})})).columns.at(0);
  }
};

std::string Extremes(const ColumnSummary& column) {
  if (column.extremes == nullptr) return "none";
  return (*column.extremes->GetScalar(0))->ToString() + " " +
         (*column.extremes->GetScalar(1))->ToString();
}

std::string Top(const ColumnSummary& column) {
  std::string text;
  for (size_t i = 0; i < column.top_values.size(); ++i) {
    text += column.top_values[i]->ToString() + ":" + std::to_string(column.top_counts[i]) + " ";
  }
  return text;
}

// All that a summary tells, as text.
std::string TextOf(const Summary& summary) {
  std::string text = std::to_string(summary.rows);
  for (const ColumnSummary& column : summary.columns) {
    text += "\n" + column.name + " " + std::to_string(column.nulls) + " " +
            std::to_string(column.nans) + " " + std::to_string(column.distinct) + " " +
            Extremes(column) + " " + Top(column);
    if (column.mean) text += std::to_string(*column.mean * 1e6);
    if (column.lengths) text += std::to_string(column.lengths->mean * 1e6);
    if (column.edges) text += column.edges->ToString();
    for (const int64_t bar : column.bars) text += " " + std::to_string(bar);
  }
  return text;
}

TEST_F(DescribeTest, IsTheSameForAnyWorkersMemoryAndBatches) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(1e6, 3e-7);
  arrow::DoubleBuilder numbers;
  arrow::StringBuilder texts;
  arrow::Int64Builder few;
  for (int row = 0; row < 30000; ++row) {
    const double value = row % 97 == 0 ? std::nan("") : normal(random) * (row % 2 ? 1 : 1e-9);
    ASSERT_TRUE(numbers.Append(value).ok());
    ASSERT_TRUE((row % 31 == 0 ? texts.AppendNull()
                               : texts.Append("नेपाल" + std::to_string(random() % 20000)))
                    .ok());
    ASSERT_TRUE(few.Append(static_cast<int64_t>(random() % 5)).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("number", arrow::float64()), arrow::field("text", arrow::utf8()),
                     arrow::field("few", arrow::int64())});
  const auto rows =
      arrow::RecordBatch::Make(schema, 30000, {*numbers.Finish(), *texts.Finish(), *few.Finish()});
  std::string expected;
  for (const int workers : {1, 2, 8}) {
    for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
      RunContext run(Options(workers, memory));
      const auto text = TextOf(*Describe(*SourceOf(CutEvery(rows, 700 * workers + 1)), run));
      if (expected.empty()) expected = text;
      EXPECT_EQ(text, expected);
    }
  }
}

TEST_F(DescribeTest, TellsIntegers) {
  const auto column = Of(arrow::int64(), "[5, 1, null, 1, 3]");
  EXPECT_EQ(column.nulls, 1);
  EXPECT_EQ(column.distinct, 3);
  EXPECT_EQ(Extremes(column), "1 5");
  EXPECT_EQ(column.mean, 2.5);
  EXPECT_EQ(Top(column), "1:2 3:1 5:1 ");
  EXPECT_EQ(column.bars, (std::vector<int64_t>{2, 0, 1, 0, 1}));
  EXPECT_FALSE(column.lengths.has_value());
}

TEST_F(DescribeTest, TellsTheLargestIntegers) {
  const auto column =
      Of(arrow::int64(), "[9223372036854775807, -9223372036854775808, 9223372036854775806]");
  EXPECT_EQ(column.distinct, 3);
  EXPECT_EQ(Extremes(column), "-9223372036854775808 9223372036854775807");
  EXPECT_EQ(column.bars.front(), 1);
  EXPECT_EQ(column.bars.back(), 2);
}

TEST_F(DescribeTest, LeavesNanOutOfAllButTheValues) {
  const auto column = Of(arrow::float64(), "[NaN, 2, -0.0, NaN, 0.0, null]");
  EXPECT_EQ(column.nans, 2);
  EXPECT_EQ(column.distinct, 3);
  EXPECT_EQ(Extremes(column), "0 2");
  EXPECT_DOUBLE_EQ(*column.mean, 2.0 / 3);
  const auto none = Of(arrow::float32(), "[NaN]");
  EXPECT_EQ(Extremes(none), "none");
  EXPECT_FALSE(none.mean.has_value());
  EXPECT_TRUE(none.bars.empty());
}

TEST_F(DescribeTest, InfinityIsAnExtremeAndNoBar) {
  const auto column = Of(arrow::float64(), "[Inf, 1, 2]");
  EXPECT_EQ(Extremes(column), "1 inf");
  EXPECT_EQ(*column.mean, std::numeric_limits<double>::infinity());
  EXPECT_EQ(column.edges->type_id(), arrow::Type::DOUBLE);
  EXPECT_TRUE(std::isnan(*Of(arrow::float64(), "[Inf, -Inf]").mean));
}

TEST_F(DescribeTest, TellsTextsByTheirCharacters) {
  const auto column = Of(arrow::utf8(), R"(["नेपाल", "", "ab", "ab", null])");
  EXPECT_EQ(column.lengths->min, 0);
  EXPECT_EQ(column.lengths->max, 5);
  EXPECT_EQ(column.lengths->mean, 9.0 / 4);
  EXPECT_EQ(Extremes(column), " नेपाल");
  EXPECT_EQ(Top(column), "ab:2 :1 नेपाल:1 ");
  EXPECT_FALSE(column.mean.has_value());
}

TEST_F(DescribeTest, CutsLongTexts) {
  const std::string text = std::string(99, 'x') + "न" + std::string(5000, 'y');
  const auto column = Of(arrow::large_utf8(), "[\"" + text + "\"]");
  EXPECT_EQ((*column.extremes->GetScalar(0))->ToString(), std::string(99, 'x'));
  EXPECT_EQ(column.top_values[0]->ToString(), std::string(99, 'x'));
  EXPECT_EQ(column.lengths->max, 5100);
}

TEST_F(DescribeTest, TellsTimesBooleansAndDecimals) {
  const auto time =
      Of(arrow::timestamp(arrow::TimeUnit::SECOND), R"(["2024-01-01", "2024-03-01"])");
  EXPECT_EQ(Extremes(time), "2024-01-01 00:00:00 2024-03-01 00:00:00");
  EXPECT_EQ(time.edges->type_id(), arrow::Type::TIMESTAMP);
  EXPECT_FALSE(time.mean.has_value());
  EXPECT_EQ(Of(arrow::date32(), "[19000, 19001]").bars, (std::vector<int64_t>{1, 1}));
  const auto boolean = Of(arrow::boolean(), "[true, false, true, true]");
  EXPECT_EQ(*boolean.mean, 0.75);
  EXPECT_EQ(Top(boolean), "true:3 false:1 ");
  const auto decimal = Of(arrow::decimal128(10, 2), R"(["1.50", "-2.25"])");
  EXPECT_EQ(Extremes(decimal), "-2.25 1.50");
  EXPECT_EQ(*decimal.mean, -0.375);
}

TEST_F(DescribeTest, TellsDictionariesByTheirValues) {
  auto encoded = arrow::DictionaryArray::FromArrays(
      testing::Column(arrow::int8(), "[0, 1, 0]"), testing::Column(arrow::utf8(), R"(["b", "a"])"));
  const auto schema = arrow::schema({arrow::field("x", (*encoded)->type())});
  const auto column =
      SummaryOf(SourceOf({arrow::RecordBatch::Make(schema, 3, {*encoded})})).columns[0];
  EXPECT_EQ(Top(column), "b:2 a:1 ");
}

TEST_F(DescribeTest, OfNestedColumnsTellsNullsAndLengths) {
  const auto list = Of(arrow::list(arrow::int64()), "[[1, 2], [], null]");
  EXPECT_EQ(list.nulls, 1);
  EXPECT_EQ(list.distinct, -1);
  EXPECT_EQ(list.lengths->mean, 1);
  EXPECT_EQ(Extremes(list), "none");
  const auto structure = Of(arrow::struct_({arrow::field("a", arrow::int64())}), "[null]");
  EXPECT_EQ(structure.nulls, 1);
  EXPECT_EQ(Of(arrow::null(), "[null, null]").nulls, 2);
  EXPECT_EQ(Of(arrow::fixed_size_list(arrow::int64(), 1), "[[1], null]").nulls, 1);
}

TEST_F(DescribeTest, NoRowsHaveNoValues) {
  const auto summary =
      SummaryOf(SourceOf({NumberedRows(4)->Slice(0, 0), NumberedRows(4)->Slice(0, 0)}));
  EXPECT_EQ(summary.rows, 0);
  EXPECT_EQ(summary.columns[0].distinct, 0);
  EXPECT_EQ(Extremes(summary.columns[0]), "none");
}

TEST_F(DescribeTest, CheckingRunsNothing) {
  auto options = Options();
  options.check_only = true;
  RunContext run(options);
  auto source = SourceOf({NumberedRows(4)});
  EXPECT_EQ(Describe(*source, run)->columns.size(), 2U);
  EXPECT_EQ(source->opened, 0);
}

TEST_F(DescribeTest, AFailureOfTheSourceIsTheError) {
  auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
  source->fail_at = 7;
  RunContext run(Options());
  EXPECT_EQ(Describe(*source, run).status().message(), "test: the source broke");
}

TEST(DistinctCountTest, IsExactForFewAndNearForMany) {
  std::mt19937_64 random(5);
  for (const int64_t values : {0, 1, 9999, 10000, 10001, 50000, 500000}) {
    DistinctCount count;
    std::vector<uint64_t> hashes;
    for (int64_t i = 0; i < values; ++i) hashes.push_back(random());
    std::ranges::sort(hashes);
    count.Add(hashes);
    count.Add(hashes);
    EXPECT_EQ(count.is_exact(), values <= 10000);
    const double tolerance = values <= 10000 ? 0 : 0.03 * static_cast<double>(values);
    EXPECT_NEAR(static_cast<double>(count.count()), static_cast<double>(values), tolerance);
  }
}

TEST(FixedPointSumTest, LosesNothing) {
  const auto mean = [](const std::vector<double>& values) {
    FixedPointSum forward, backward, merged;
    for (const double value : values) forward.Add(value);
    for (auto value = values.rbegin(); value != values.rend(); ++value) backward.Add(*value);
    for (const double value : values) {
      FixedPointSum one;
      one.Add(value);
      merged.Merge(one);
    }
    const auto count = static_cast<int64_t>(values.size());
    EXPECT_EQ(forward.Mean(count), backward.Mean(count));
    EXPECT_EQ(forward.Mean(count), merged.Mean(count));
    return forward.Mean(count);
  };
  constexpr double kMax = std::numeric_limits<double>::max();
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(mean({1e300, 1, -1e300}), 1.0 / 3);
  EXPECT_EQ(mean({kMax, kMax}), kMax);
  EXPECT_EQ(mean({-kMax, -kMax, -kMax}), -kMax);
  EXPECT_EQ(mean({kTiny, kTiny, -kTiny, kTiny}), kTiny / 2);
  EXPECT_EQ(mean({kTiny}), kTiny);
  EXPECT_EQ(mean({-3 * kTiny}), -3 * kTiny);
  EXPECT_EQ(mean({0.1}), 0.1);
  EXPECT_EQ(mean({-2.5, 0}), -1.25);
}

TEST(HistogramTest, CountsExactlyWhateverTheRange) {
  constexpr double kMax = std::numeric_limits<double>::max();
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  for (const std::vector<double>& values :
       std::vector<std::vector<double>>{{0},
                                        {5, 5, 5},
                                        {0.1, 0.2, 0.30000001},
                                        {-kMax, kMax, 0},
                                        {kTiny, -kTiny, 0, 1},
                                        {1e18, 1e18 + 4096, 1e18 + 8192},
                                        {-3, -2.5, 7}}) {
    Histogram forward(false), backward(false), merged(false);
    for (const double value : values) {
      forward.Add(value);
      Histogram one(false);
      one.Add(value);
      merged.Merge(one);
    }
    for (auto value = values.rbegin(); value != values.rend(); ++value) backward.Add(*value);
    const auto bars = forward.Bars(10);
    const auto same = [](const Histogram::Bar& a, const Histogram::Bar& b) {
      return a.from == b.from && a.to == b.to && a.count == b.count;
    };
    EXPECT_TRUE(std::ranges::equal(bars, backward.Bars(10), same));
    EXPECT_TRUE(std::ranges::equal(bars, merged.Bars(10), same));
    for (const Histogram::Bar& bar : bars) {
      EXPECT_EQ(bar.count, std::ranges::count_if(values, [&](double value) {
                  return value >= bar.from && value < bar.to;
                }));
    }
    EXPECT_LE(bars.size(), 10U);
  }
}

TEST(HistogramTest, GivesFewIntegersABarEach) {
  Histogram histogram(true);
  for (const double value : {1, 2, 2, 5}) histogram.Add(value);
  const auto bars = histogram.Bars(10);
  ASSERT_EQ(bars.size(), 5U);
  EXPECT_EQ(bars[1].from, 2);
  EXPECT_EQ(bars[1].to, 3);
  EXPECT_EQ(bars[1].count, 2);
}

}  // namespace
}  // namespace tideway::dataset
