#include "core/dataset/op/sort.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;

class SortTest : public testing::DatasetTest {
 protected:
  static NodePtr SortBy(NodePtr input, std::vector<SortKey> keys) {
    return MakeSort(std::move(input), std::move(keys)).ValueOrDie();
  }
};

struct Row {
  std::optional<std::string> text;
  double number;
  int64_t id;
};

// Rows with many equal keys, nulls, NaN and texts of every length; ids tell their first order.
std::vector<Row> RandomRows(int64_t count) {
  std::mt19937_64 random(7);
  std::vector<Row> rows;
  for (int64_t id = 0; id < count; ++id) {
    Row row{std::nullopt, static_cast<double>(random() % 5), id};
    if (random() % 10 > 0)
      row.text = std::string(random() % 30, static_cast<char>('a' + random() % 3));
    if (random() % 10 == 0) row.number = std::nan("");
    rows.push_back(std::move(row));
  }
  return rows;
}

BatchPtr BatchOf(const std::vector<Row>& rows) {
  arrow::StringBuilder texts;
  arrow::DoubleBuilder numbers;
  arrow::Int64Builder ids;
  for (const Row& row : rows) {
    EXPECT_TRUE((row.text ? texts.Append(*row.text) : texts.AppendNull()).ok());
    EXPECT_TRUE(numbers.Append(row.number).ok());
    EXPECT_TRUE(ids.Append(row.id).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("text", arrow::utf8()), arrow::field("number", arrow::float64()),
                     arrow::field("id", arrow::int64())});
  return arrow::RecordBatch::Make(
      schema, static_cast<int64_t>(rows.size()),
      {texts.Finish().ValueOrDie(), numbers.Finish().ValueOrDie(), ids.Finish().ValueOrDie()});
}

// By number descending (NaN first, as the greatest), then text ascending with nulls last.
bool ComesBefore(const Row& a, const Row& b) {
  if (std::isnan(a.number) != std::isnan(b.number)) return std::isnan(a.number);
  if (!std::isnan(a.number) && a.number != b.number) return a.number > b.number;
  if (a.text.has_value() != b.text.has_value()) return a.text.has_value();
  return a.text.has_value() && *a.text < *b.text;
}

TEST_F(SortTest, EqualsAStableSortOfTheCells) {
  std::vector<Row> rows = RandomRows(5000);
  const NodePtr plan = SortBy(SourceOf(CutEvery(BatchOf(rows), 70)), {{"number", true}, {"text"}});
  std::ranges::stable_sort(rows, ComesBefore);
  std::vector<int64_t> expected;
  for (const Row& row : rows) expected.push_back(row.id);
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    EXPECT_EQ(Numbers(*Collect(*plan, run)), expected) << workers;
  }
}

TEST_F(SortTest, GivesTheSameRowsWhenMemoryHoldsFewOfThem) {
  const BatchPtr rows = BatchOf(RandomRows(60000));
  const NodePtr plan = SortBy(SourceOf(CutEvery(rows, 500)), {{"text"}, {"number"}});
  RunContext roomy(Options());
  const auto expected = Collect(*plan, roomy);
  const auto equal = arrow::EqualOptions::Defaults().nans_equal(true);
  for (const int64_t memory : {int64_t{4096}, int64_t{1} << 20, int64_t{4} << 20}) {
    RunContext tight(Options(2, memory));
    EXPECT_TRUE(Collect(*plan, tight)->Equals(*expected, equal)) << memory;
    EXPECT_EQ(tight.budget().reserved_bytes(), 0);
  }
}

TEST_F(SortTest, RowsLieInTheScratchFolderOnlyWhileTheyAreReadAndMemoryIsShort) {
  const NodePtr plan = SortBy(SourceOf(CutEvery(BatchOf(RandomRows(60000)), 500)), {{"text"}});
  for (const bool tight : {false, true}) {
    RunContext run(Options(2, tight ? int64_t{4} << 20 : int64_t{512} << 20));
    auto stream = plan->Open(run).ValueOrDie();
    EXPECT_EQ(Files() > 0, tight);
    stream = nullptr;
    EXPECT_EQ(Files(), 0);
  }
}

TEST_F(SortTest, EqualRowsKeepTheirOrder) {
  const NodePtr plan = SortBy(SourceOf(CutEvery(NumberedRows(3000), 100)), {{"label"}});
  RunContext run(Options(2, 4096));
  const auto sorted = Collect(*plan, run);
  const auto ids = Numbers(*sorted);
  int64_t falls = 0;
  for (size_t i = 1; i < ids.size(); ++i) falls += ids[i] < ids[i - 1];
  EXPECT_EQ(falls, 3);  // a, b, c, null
}

TEST_F(SortTest, CountsItsRowsInTheReceipt) {
  RunContext run(Options());
  Collect(*SortBy(SourceOf({NumberedRows(10)}), {{"id", true}}), run);
  ASSERT_EQ(run.steps().size(), 1U);
  EXPECT_EQ(run.steps()[0].step.name, "sort id descending");
  EXPECT_EQ(run.steps()[0].rows_in, 10);
  EXPECT_EQ(run.steps()[0].rows_out, 10);
}

TEST_F(SortTest, NoRowsStayNone) {
  RunContext run(Options());
  const NodePtr plan = SortBy(SourceOf({NumberedRows(5)->Slice(0, 0)}), {{"id"}});
  EXPECT_EQ(Collect(*plan, run)->num_rows(), 0);
  EXPECT_EQ(Collect(*MakeShuffle(plan, 1), run)->num_rows(), 0);
}

TEST_F(SortTest, AFailureOfTheSourceIsTheError) {
  auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
  source->fail_at = 12;
  RunContext run(Options(2, 4096));
  EXPECT_EQ(testing::Failure(*SortBy(source, {{"id"}}), run).message(), "test: the source broke");
}

TEST_F(SortTest, UnknownColumnsAreFoundByTheSchema) {
  RunContext run(Options());
  const Status status = SortBy(SourceOf({NumberedRows(1)}), {{"lable"}})->schema(run).status();
  EXPECT_THAT(status.message(), ::testing::HasSubstr("did you mean `label`?"));
  EXPECT_THAT(MakeSort(SourceOf({NumberedRows(1)}), {}).status().message(),
              ::testing::HasSubstr("sort: no columns given"));
}

TEST_F(SortTest, OtherKeysAreOtherPlans) {
  RunContext run(Options());
  const NodePtr source = SourceOf({NumberedRows(1)});
  const auto print = [&](const std::vector<SortKey>& keys) {
    return *Fingerprint(*SortBy(source, keys), run);
  };
  const std::vector<std::string> all{print({{"id"}}), print({{"id", true}}),
                                     print({{"id", false, true}}), print({{"id"}, {"label"}})};
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]);
  }
}

class ShuffleTest : public SortTest {};

TEST_F(ShuffleTest, GivesEveryRowOnceInAnOrderOfTheSeed) {
  const NodePtr source = SourceOf(CutEvery(NumberedRows(4000), 90), true);
  RunContext run(Options());
  auto shuffled = Numbers(*Collect(*MakeShuffle(source, 1), run));
  EXPECT_NE(shuffled, Numbers(*Collect(*MakeShuffle(source, 2), run)));
  EXPECT_FALSE(std::ranges::is_sorted(shuffled));
  EXPECT_EQ(*MakeShuffle(source, 1)->KnownRows(run), 4000);
  std::ranges::sort(shuffled);
  EXPECT_EQ(shuffled, Numbers(*Collect(*source, run)));
}

TEST_F(ShuffleTest, DependsOnNeitherWorkersNorMemoryNorBatches) {
  RunContext run(Options());
  const auto expected = Numbers(*Collect(*MakeShuffle(SourceOf({NumberedRows(4000)}), 42), run));
  for (const int workers : {1, 2, 8}) {
    for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
      RunContext other(Options(workers, memory));
      const auto cut = SourceOf(CutEvery(NumberedRows(4000), 10 + 7 * workers));
      EXPECT_EQ(Numbers(*Collect(*MakeShuffle(cut, 42), other)), expected);
    }
  }
}

// Of 1,000 rows about 1 in 10 stays within the tenth of the rows where it was.
TEST_F(ShuffleTest, MovesRowsFar) {
  RunContext run(Options());
  const auto ids = Numbers(*Collect(*MakeShuffle(SourceOf({NumberedRows(1000)}), 3), run));
  int64_t near = 0;
  for (size_t at = 0; at < ids.size(); ++at) near += static_cast<size_t>(ids[at]) / 100 == at / 100;
  EXPECT_GT(near, 50);
  EXPECT_LT(near, 150);
}

}  // namespace
}  // namespace tideway::dataset
