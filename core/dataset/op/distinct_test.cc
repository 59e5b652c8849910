#include "core/dataset/op/distinct.h"

#include <random>
#include <set>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;

class DistinctTest : public testing::DatasetTest {};

// `rows` rows with about `keys` different texts, some null, and their number.
BatchPtr RepeatedRows(int64_t rows, uint64_t keys) {
  std::mt19937_64 random(11);
  arrow::StringBuilder texts;
  arrow::Int64Builder ids;
  for (int64_t id = 0; id < rows; ++id) {
    const uint64_t key = random() % keys;
    EXPECT_TRUE((key == 0 ? texts.AppendNull() : texts.Append("key " + std::to_string(key))).ok());
    EXPECT_TRUE(ids.Append(id).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("text", arrow::utf8()), arrow::field("id", arrow::int64())});
  return arrow::RecordBatch::Make(schema, rows,
                                  {texts.Finish().ValueOrDie(), ids.Finish().ValueOrDie()});
}

std::vector<int64_t> FirstOfEach(const BatchPtr& batch) {
  const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(0));
  std::set<std::string> seen;
  std::vector<int64_t> ids;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    const std::string key = texts.IsNull(row) ? "null" : "=" + texts.GetString(row);
    if (seen.insert(key).second) ids.push_back(row);
  }
  return ids;
}

TEST_F(DistinctTest, KeepsTheFirstOfEachInOrderForAnyWorkersMemoryAndBatches) {
  for (const uint64_t keys : {3U, 500U, 1000000U}) {
    const BatchPtr rows = RepeatedRows(20000, keys);
    const auto expected = FirstOfEach(rows);
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
        RunContext run(Options(workers, memory));
        const auto source = SourceOf(CutEvery(rows, 300 * workers + 17));
        EXPECT_EQ(Numbers(*Collect(*MakeDistinct(source, {"text"}), run)), expected);
        EXPECT_EQ(run.budget().reserved_bytes(), 0);
      }
    }
  }
}

TEST_F(DistinctTest, ComparesAllColumnsWhereNoneIsNamed) {
  const auto schema =
      arrow::schema({arrow::field("x", arrow::float64()), arrow::field("text", arrow::utf8())});
  const BatchPtr rows = Rows(schema, {"[0.0, -0.0, NaN, NaN, null, null, 0.0, null]",
                                      R"(["a", "a", "a", "a", "", "", null, null])"});
  RunContext run(Options());
  const auto kept = Collect(*MakeDistinct(SourceOf({rows}), {}), run);
  EXPECT_EQ(kept->num_rows(), 5);
}

TEST_F(DistinctTest, CountsDuplicatesInTheReceipt) {
  RunContext run(Options());
  Collect(*MakeDistinct(SourceOf(CutEvery(NumberedRows(100), 10)), {"label"}), run);
  ASSERT_EQ(run.steps().size(), 1U);
  EXPECT_EQ(run.steps()[0].step.name, "distinct label");
  EXPECT_EQ(run.steps()[0].rows_out, 4);
  EXPECT_EQ(run.steps()[0].dropped.at("duplicate"), 96);
}

TEST_F(DistinctTest, NoRowsStayNone) {
  RunContext run(Options());
  const auto none = SourceOf({NumberedRows(4)->Slice(0, 0)});
  EXPECT_EQ(Collect(*MakeDistinct(none, {}), run)->num_rows(), 0);
}

TEST_F(DistinctTest, RefusesWhatCannotBeCompared) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("tags", arrow::list(arrow::utf8()))});
  const auto source = SourceOf({Rows(schema, {"[1]", R"([["a"]])"})});
  RunContext run(Options());
  EXPECT_THAT(MakeDistinct(source, {})->schema(run).status().message(),
              ::testing::HasSubstr("distinct: column `tags` has no order"));
  EXPECT_TRUE(MakeDistinct(source, {"id"})->schema(run).ok());
  EXPECT_THAT(MakeDistinct(source, {"idd"})->schema(run).status().message(),
              ::testing::HasSubstr("did you mean `id`?"));
}

TEST_F(DistinctTest, AFailureOfTheSourceIsTheError) {
  auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
  source->fail_at = 7;
  RunContext run(Options());
  EXPECT_EQ(testing::Failure(*MakeDistinct(source, {}), run).message(), "test: the source broke");
}

}  // namespace
}  // namespace tideway::dataset
