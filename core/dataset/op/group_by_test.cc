#include "core/dataset/op/group_by.h"

#include <map>
#include <random>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using ::testing::HasSubstr;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;
using Kind = AggregateKind;

const std::vector<Aggregate> kAll{
    {"n", Kind::kCount},        {"some", Kind::kCount, "x"}, {"sum", Kind::kSum, "x"},
    {"mean", Kind::kMean, "x"}, {"min", Kind::kMin, "x"},    {"max", Kind::kMax, "x"},
};

class GroupByTest : public testing::DatasetTest {
 protected:
  // The groups of one column `x` by `key`, as JSON columns in, a table out.
  std::shared_ptr<arrow::Table> Group(const std::shared_ptr<arrow::DataType>& key_type,
                                      const std::string& keys,
                                      const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& cells) {
    const auto schema = arrow::schema({arrow::field("key", key_type), arrow::field("x", type)});
    RunContext run(Options());
    const auto source = SourceOf(CutEvery(Rows(schema, {keys, cells}), 2));
    return Collect(*MakeGroupBy(source, {"key"}, kAll), run);
  }
};

void ExpectColumn(const arrow::Table& table, const std::string& name, const std::string& cells) {
  const auto column = table.GetColumnByName(name);
  ASSERT_NE(column, nullptr) << name;
  const auto expected =
      std::make_shared<arrow::ChunkedArray>(testing::Column(column->type(), cells));
  EXPECT_TRUE(column->Equals(*expected, arrow::EqualOptions().nans_equal(true)))
      << name << ": " << column->ToString();
}

TEST_F(GroupByTest, ComputesEachAggregateByKeyAndPassesNullsOver) {
  const auto table = Group(arrow::utf8(), R"(["b", "a", "b", null, "a", null, "c"])",
                           arrow::int32(), "[4, 1, null, 7, 2, 8, null]");
  ExpectColumn(*table, "key", R"(["a", "b", "c", null])");
  ExpectColumn(*table, "n", "[2, 2, 1, 2]");
  ExpectColumn(*table, "some", "[2, 1, 0, 2]");
  ExpectColumn(*table, "sum", "[3, 4, null, 15]");
  ExpectColumn(*table, "mean", "[1.5, 4, null, 7.5]");
  ExpectColumn(*table, "min", "[1, 4, null, 7]");
  ExpectColumn(*table, "max", "[2, 4, null, 8]");
}

TEST_F(GroupByTest, TakesZerosAndNansAsOneKeyEachAndNanAsTheGreatest) {
  const auto table = Group(arrow::float64(), "[0.0, NaN, -0.0, NaN, null]", arrow::float64(),
                           "[1.5, NaN, -2.5, -Inf, NaN]");
  ExpectColumn(*table, "key", "[0.0, NaN, null]");
  ExpectColumn(*table, "sum", "[-1, NaN, NaN]");
  ExpectColumn(*table, "min", "[-2.5, -Inf, NaN]");
  ExpectColumn(*table, "max", "[1.5, NaN, NaN]");
}

TEST_F(GroupByTest, AddsIntegersWithoutLossUpToTheEdgeAndRefusesWhatIsBeyond) {
  const std::string edge = "[9223372036854775807, 9223372036854775807, -9223372036854775807]";
  const auto table = Group(arrow::int8(), "[1, 1, 1]", arrow::int64(), edge);
  ExpectColumn(*table, "sum", "[9223372036854775807]");
  ExpectColumn(*table, "mean", "[3074457345618258602.33]");

  const auto schema = arrow::schema({arrow::field("x", arrow::uint64())});
  const auto source = SourceOf({Rows(schema, {"[18446744073709551615]"})});
  RunContext run(Options());
  const auto error = testing::Failure(*MakeGroupBy(source, {}, {{"s", Kind::kSum, "x"}}), run);
  EXPECT_EQ(error.message(), "group_by: sum of `x` does not fit in int64: 18446744073709551615");
}

TEST_F(GroupByTest, FindsTheLeastAndTheGreatestOfTextDatesDecimalsAndBooleans) {
  const auto expect = [this](const std::shared_ptr<arrow::DataType>& type, const std::string& cells,
                             const std::string& least, const std::string& greatest) {
    const auto schema = arrow::schema({arrow::field("x", type)});
    RunContext run(Options());
    const auto source = SourceOf(CutEvery(Rows(schema, {cells}), 2));
    const auto table = Collect(
        *MakeGroupBy(source, {}, {{"min", Kind::kMin, "x"}, {"max", Kind::kMax, "x"}}), run);
    ExpectColumn(*table, "min", least);
    ExpectColumn(*table, "max", greatest);
  };
  expect(arrow::utf8(), R"(["z", "é", null, "", "z\u0000"])", R"([""])", R"(["é"])");
  expect(arrow::date32(), "[3, -5, 0]", "[-5]", "[3]");
  expect(arrow::decimal128(5, 2), R"(["1.50", "-2.00", "0.01"])", R"(["-2.00"])", R"(["1.50"])");
  expect(arrow::boolean(), "[true, null, false]", "[false]", "[true]");
}

// `rows` rows in about `keys` groups, with floats whose sum depends on the order when it rounds.
BatchPtr MixedRows(int64_t rows, uint64_t keys) {
  std::mt19937_64 random(5);
  arrow::StringBuilder texts;
  arrow::DoubleBuilder numbers;
  for (int64_t row = 0; row < rows; ++row) {
    const uint64_t key = random() % keys;
    EXPECT_TRUE((key == 0 ? texts.AppendNull() : texts.Append("κ" + std::to_string(key))).ok());
    const double big = static_cast<double>(random() % 3) * 1e17;
    EXPECT_TRUE(numbers.Append(big + 0.1 * static_cast<double>(random() % 100)).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("key", arrow::utf8()), arrow::field("x", arrow::float64())});
  return arrow::RecordBatch::Make(schema, rows,
                                  {texts.Finish().ValueOrDie(), numbers.Finish().ValueOrDie()});
}

// With the key as a number: that of the text, and null where that is.
BatchPtr WithNumberKey(const BatchPtr& rows) {
  const auto& texts = static_cast<const arrow::StringArray&>(*rows->column(0));
  arrow::Int32Builder numbers;
  for (int64_t row = 0; row < texts.length(); ++row) {
    const bool null = texts.IsNull(row);
    const int number = null ? 0 : std::stoi(texts.GetString(row).substr(strlen("κ")));
    EXPECT_TRUE((null ? numbers.AppendNull() : numbers.Append(number)).ok());
  }
  return rows->SetColumn(0, arrow::field("key", arrow::int32()), numbers.Finish().ValueOrDie())
      .ValueOrDie();
}

TEST_F(GroupByTest, GivesTheSameBitsForAnyWorkersMemoryAndBatches) {
  for (const uint64_t keys : {3U, 700U, 1000000U}) {
    const BatchPtr mixed = MixedRows(20000, keys);
    for (const BatchPtr& rows : {mixed, WithNumberKey(mixed)}) {
      std::shared_ptr<arrow::Table> expected;
      for (const int workers : {1, 2, 8}) {
        for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
          RunContext run(Options(workers, memory));
          const auto source = SourceOf(CutEvery(rows, 300 * workers + 17));
          const auto table = Collect(*MakeGroupBy(source, {"key"}, kAll), run);
          if (expected == nullptr) expected = table;
          EXPECT_TRUE(table->Equals(*expected)) << keys << " " << workers << " " << memory;
          EXPECT_EQ(run.budget().reserved_bytes(), 0);
        }
      }
      int64_t counted = 0;
      for (const int64_t n : Numbers(*expected, "n")) counted += n;
      EXPECT_EQ(counted, 20000);
    }
  }
}

TEST_F(GroupByTest, GroupsByANumberAsByItsText) {
  const BatchPtr rows = MixedRows(20000, 700);
  RunContext run(Options());
  const auto group = [&run](const BatchPtr& batch) {
    const auto source = SourceOf(CutEvery(batch, 300));
    return Collect(*MakeGroupBy(source, {"key"}, kAll), run)->CombineChunks().ValueOrDie();
  };
  const auto by_text = group(rows), by_number = group(WithNumberKey(rows));
  ASSERT_EQ(by_number->num_rows(), by_text->num_rows());
  std::map<std::string, std::shared_ptr<arrow::Scalar>> sums;
  const auto each = [](const arrow::Table& table, const auto& visit) {
    for (int64_t i = 0; i < table.num_rows(); ++i) {
      visit(table.column(0)->GetScalar(i).ValueOrDie(),
            table.GetColumnByName("sum")->GetScalar(i).ValueOrDie());
    }
  };
  each(*by_text, [&](const auto& key, const auto& sum) { sums[key->ToString()] = sum; });
  each(*by_number, [&](const auto& key, const auto& sum) {
    const std::string text = (key->is_valid ? "κ" : "") + key->ToString();
    EXPECT_TRUE(sums.contains(text) && sum->Equals(*sums[text])) << text;
  });
}

TEST_F(GroupByTest, TellsTheEdgesOfEveryTypeOfNumberApart) {
  // By type: keys in their order, each of which is there twice.
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, std::string>> cases{
      {arrow::boolean(), "[false, true, null]"},
      {arrow::int8(), "[-128, -1, 127]"},
      {arrow::uint8(), "[127, 128, 255]"},
      {arrow::int16(), "[-32768, -1, 32767]"},
      {arrow::uint16(), "[32767, 65535, null]"},
      {arrow::int32(), "[-2147483648, 2147483647, null]"},
      {arrow::uint32(), "[2147483647, 2147483648, 4294967295]"},
      {arrow::int64(), "[-9223372036854775808, -1, 9223372036854775807]"},
      {arrow::uint64(), "[0, 9223372036854775808, 18446744073709551615]"},
      {arrow::float32(), "[-Inf, NaN, null]"},
      {arrow::date32(), "[-1, 0, null]"},
      {arrow::date64(), "[-86400000, 0, 86400000]"},
      {arrow::time64(arrow::TimeUnit::NANO), "[0, 86399999999999, null]"},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[-1, 0, null]"},
  };
  for (const auto& [type, cells] : cases) {
    const auto keys = testing::Column(type, cells);
    const auto schema = arrow::schema({arrow::field("key", type)});
    const auto rows = arrow::RecordBatch::Make(schema, 3, {keys});
    RunContext run(Options());
    // Cut, so that keys begin within their buffers.
    const auto source = SourceOf({rows->Slice(2, 1), rows->Slice(0, 2), rows});
    const auto table = Collect(*MakeGroupBy(source, {"key"}, {{"n", Kind::kCount}}), run);
    ExpectColumn(*table, "key", cells);
    ExpectColumn(*table, "n", "[2, 2, 2]");
  }
}

TEST_F(GroupByTest, GivesExactQuantilesBetweenTheValuesOfEachGroup) {
  const auto schema =
      arrow::schema({arrow::field("key", arrow::utf8()), arrow::field("x", arrow::float32()),
                     arrow::field("y", arrow::uint8())});
  const auto source =
      SourceOf(CutEvery(Rows(schema, {R"(["b", "a", "b", null, "b", "b", "c"])",
                                      "[4, 1.5, -1, NaN, 2, null, null]", "[1, 2, 3, 4, 5, 6, 7]"}),
                        2));
  RunContext run(Options());
  const auto table = Collect(*MakeGroupBy(source, {"key"},
                                          {{"high", Kind::kQuantile, "x", 1},
                                           {"low", Kind::kQuantile, "x", 0},
                                           {"mid", Kind::kMedian, "y"},
                                           {"n", Kind::kCount},
                                           {"q", Kind::kQuantile, "x", 0.75}}),
                             run);
  ExpectColumn(*table, "key", R"(["a", "b", "c", null])");
  ExpectColumn(*table, "high", "[1.5, 4, null, NaN]");
  ExpectColumn(*table, "low", "[1.5, -1, null, NaN]");
  ExpectColumn(*table, "mid", "[2, 4, 7, 4]");
  ExpectColumn(*table, "n", "[1, 4, 1, 1]");
  ExpectColumn(*table, "q", "[1.5, 3, null, NaN]");
}

TEST_F(GroupByTest, QuantilesAreExactAtTheEdgesOfIntegersAndPassNansByWhereTheyAreNotNext) {
  const auto expect = [this](const std::shared_ptr<arrow::DataType>& type, const std::string& cells,
                             double q, const std::string& expected) {
    const auto source =
        SourceOf(CutEvery(Rows(arrow::schema({arrow::field("x", type)}), {cells}), 2));
    RunContext run(Options());
    const auto table = Collect(*MakeGroupBy(source, {}, {{"q", Kind::kQuantile, "x", q}}), run);
    ExpectColumn(*table, "q", expected);
  };
  const std::string edges = "[9223372036854775807, -9223372036854775808, 9007199254740993]";
  expect(arrow::int64(), edges, 0, "[-9223372036854775808]");
  expect(arrow::int64(), edges, 1, "[9223372036854775808]");
  expect(arrow::int64(), "[9223372036854775807, -9223372036854775808]", 0.5, "[-0.5]");
  expect(arrow::uint64(), "[18446744073709551615, 0]", 0.5, "[9223372036854775807.5]");
  expect(arrow::float64(), "[NaN, 1, 3, 2, -Inf]", 0.5, "[2]");
  expect(arrow::float64(), "[NaN, 1, 3, 2, -Inf]", 0.9, "[NaN]");
  expect(arrow::float64(), "[Inf, Inf, 1]", 0.75, "[Inf]");
  expect(arrow::float64(), "[-1.7e308, 1.7e308]", 0.5, "[0]");
  expect(arrow::int8(), "[null, null]", 0.5, "[null]");
}

TEST_F(GroupByTest, GivesTheSameQuantilesForAnyWorkersMemoryAndSkew) {
  const std::vector<Aggregate> wanted{
      {"m", Kind::kMedian, "x"}, {"n", Kind::kCount, "x"}, {"q", Kind::kQuantile, "x", 0.1}};
  for (const uint64_t keys : {1U, 3U, 700U, 1000000U}) {
    const BatchPtr rows = MixedRows(20000, keys);
    std::shared_ptr<arrow::Table> expected;
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
        RunContext run(Options(workers, memory));
        const auto source = SourceOf(CutEvery(rows, 300 * workers + 17));
        const auto table = Collect(*MakeGroupBy(source, {"key"}, wanted), run);
        if (expected == nullptr) expected = table;
        EXPECT_TRUE(table->Equals(*expected)) << keys << " " << workers << " " << memory;
        EXPECT_EQ(run.budget().reserved_bytes(), 0);
      }
    }
  }
}

TEST_F(GroupByTest, GroupsBySeveralColumnsInTheirOrder) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::boolean())});
  const auto source = SourceOf({Rows(schema, {"[2, 1, 2, 1]", "[true, true, false, true]"})});
  RunContext run(Options());
  const auto table = Collect(*MakeGroupBy(source, {"a", "b"}, {{"n", Kind::kCount}}), run);
  ExpectColumn(*table, "a", "[1, 2, 2]");
  ExpectColumn(*table, "b", "[true, false, true]");
  ExpectColumn(*table, "n", "[2, 1, 1]");
}

TEST_F(GroupByTest, WithoutKeysIsOneGroupEvenOfNoRows) {
  RunContext run(Options());
  const std::vector<Aggregate> wanted{{"n", Kind::kCount}, {"sum", Kind::kSum, "id"}};
  const auto all = Collect(*MakeGroupBy(SourceOf(CutEvery(NumberedRows(100), 7)), {}, wanted), run);
  ExpectColumn(*all, "n", "[100]");
  ExpectColumn(*all, "sum", "[4950]");
  const auto none = SourceOf({NumberedRows(4)->Slice(0, 0)});
  const auto of_none = Collect(*MakeGroupBy(none, {}, wanted), run);
  ExpectColumn(*of_none, "n", "[0]");
  ExpectColumn(*of_none, "sum", "[null]");
  ExpectColumn(*Collect(*MakeGroupBy(none, {}, {{"m", Kind::kMedian, "id"}}), run), "m", "[null]");
  EXPECT_EQ(Collect(*MakeGroupBy(none, {"label"}, wanted), run)->num_rows(), 0);
}

TEST_F(GroupByTest, CountsRowsAndGroupsInTheReceipt) {
  RunContext run(Options());
  Collect(*MakeGroupBy(SourceOf(CutEvery(NumberedRows(100), 10)), {"label"}, {{"n", Kind::kCount}}),
          run);
  ASSERT_EQ(run.steps().size(), 1U);
  EXPECT_EQ(run.steps()[0].step.name, "group_by label: n = count()");
  EXPECT_EQ(run.steps()[0].rows_in, 100);
  EXPECT_EQ(run.steps()[0].rows_out, 4);
}

TEST_F(GroupByTest, RefusesWhatCannotBeGroupedOrComputed) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64()),
                                     arrow::field("tags", arrow::list(arrow::utf8())),
                                     arrow::field("text", arrow::utf8())});
  const auto source = SourceOf({Rows(schema, {"[1]", R"([["a"]])", R"(["a"])"})});
  RunContext run(Options());
  const auto fault = [&](std::vector<std::string> keys, std::vector<Aggregate> aggregates) {
    return MakeGroupBy(source, std::move(keys), std::move(aggregates))
        ->schema(run)
        .status()
        .message();
  };
  EXPECT_THAT(fault({"tags"}, {{"n"}}), HasSubstr("group_by: column `tags` has no order"));
  EXPECT_THAT(fault({"idd"}, {{"n"}}), HasSubstr("did you mean `id`?"));
  EXPECT_THAT(fault({"id"}, {{"id"}}), HasSubstr("two columns would be named `id`"));
  EXPECT_THAT(fault({"id"}, {}), HasSubstr("nothing to compute"));
  EXPECT_THAT(fault({}, {{"m", Kind::kMin, "tags"}}), HasSubstr("group_by: min of `tags`"));
  EXPECT_THAT(fault({}, {{"q", Kind::kMedian, "text"}}),
              HasSubstr("group_by: median of `text`: takes numbers, not string"));
  EXPECT_THAT(fault({}, {{"s", Kind::kSum, "text"}}),
              HasSubstr("group_by: sum of `text`: takes numbers, not string"));
}

TEST_F(GroupByTest, AFailureOfTheSourceIsTheError) {
  auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
  source->fail_at = 7;
  RunContext run(Options());
  EXPECT_EQ(testing::Failure(*MakeGroupBy(source, {"label"}, {{"n"}}), run).message(),
            "test: the source broke");
}

}  // namespace
}  // namespace tideway::dataset
