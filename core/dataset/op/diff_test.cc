#include "core/dataset/op/diff.h"

#include <random>

#include "core/dataset/op/sort.h"
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

class DiffTest : public testing::DatasetTest {
 protected:
  Result<Difference> Of(const BatchPtr& before, const BatchPtr& after,
                        const std::vector<std::string>& key = {"id"}) {
    return Diff(SourceOf({before}), SourceOf({after}), key, run_);
  }
  RunContext run_{Options()};
};

SchemaPtr People() {
  return arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8()),
                        arrow::field("score", arrow::float64())});
}

std::vector<std::string> Texts(const arrow::Table& table, const std::string& column) {
  std::vector<std::string> texts;
  const auto values = table.GetColumnByName(column);
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    texts.push_back((*values->GetScalar(row))->ToString());
  }
  return texts;
}

TEST_F(DiffTest, TellsWhatWasAddedRemovedAndChanged) {
  const auto before = Rows(People(), {"[1, 2, 3, 4]", R"(["a", "b", null, "d"])", "[1, 2, 3, 4]"});
  const auto after =
      Rows(People(), {"[5, 4, 3, 1]", R"(["e", "D", "c", "a"])", "[5, 40, 3, null]"});
  const auto diff = Of(before, after);
  ASSERT_TRUE(diff.ok()) << diff.status().ToString();
  EXPECT_EQ(diff->added, 1);
  EXPECT_EQ(diff->removed, 1);
  EXPECT_EQ(diff->changed, 3);
  EXPECT_EQ(Numbers(*Collect(*diff->added_rows, run_)), (std::vector<int64_t>{5}));
  EXPECT_EQ(Numbers(*Collect(*diff->removed_rows, run_)), (std::vector<int64_t>{2}));
  const auto changed = Collect(*diff->changed_rows, run_);
  EXPECT_EQ(changed->schema()->ToString(),
            "id: int64\nchanged: string\nname_before: string\nname_after: string\n"
            "score_before: double\nscore_after: double");
  EXPECT_EQ(Numbers(*changed), (std::vector<int64_t>{4, 3, 1}));
  EXPECT_EQ(Texts(*changed, "changed"), (std::vector<std::string>{"name, score", "name", "score"}));
  EXPECT_EQ(Texts(*changed, "name_before"), (std::vector<std::string>{"d", "null", "a"}));
  EXPECT_EQ(Texts(*changed, "score_after"), (std::vector<std::string>{"40", "3", "null"}));
  EXPECT_EQ(diff->columns,
            (std::vector<std::pair<std::string, int64_t>>{{"name", 2}, {"score", 2}}));
}

TEST_F(DiffTest, IsTheSameForAnyWorkersMemoryAndBatches) {
  std::mt19937_64 random(4);
  arrow::Int64Builder ids[2];
  arrow::StringBuilder texts[2];
  std::vector<int64_t> order(8000);
  std::iota(order.begin(), order.end(), 0);
  for (int side = 0; side < 2; ++side) {
    std::ranges::shuffle(order, random);
    for (const int64_t id : order) {
      if (id % 10 == side) continue;
      ASSERT_TRUE(ids[side].Append(id).ok());
      const std::string prefix = side == 1 && id % 7 == 0 ? "new नेपाल " : "नेपाल ";
      ASSERT_TRUE(texts[side].Append(prefix + std::to_string(id)).ok());
    }
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  const auto batch = [&](int side) {
    const int64_t rows = ids[side].length();
    return arrow::RecordBatch::Make(schema, rows, {*ids[side].Finish(), *texts[side].Finish()});
  };
  const BatchPtr before = batch(0), after = batch(1);
  std::vector<std::shared_ptr<arrow::Table>> expected;
  for (const int workers : {1, 2, 8}) {
    for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
      RunContext run(Options(workers, memory));
      {
        const auto diff = Diff(SourceOf(CutEvery(before, 130 * workers)),
                               SourceOf(CutEvery(after, 77 * workers + 5)), {"id"}, run);
        ASSERT_TRUE(diff.ok()) << diff.status().ToString();
        EXPECT_EQ(diff->added, 800);
        EXPECT_EQ(diff->removed, 800);
        std::vector<std::shared_ptr<arrow::Table>> tables;
        for (const auto& part : {diff->added_rows, diff->removed_rows, diff->changed_rows}) {
          tables.push_back(Collect(*part, run));
        }
        EXPECT_EQ(tables[2]->num_rows(), diff->changed);
        if (expected.empty()) expected = tables;
        for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(tables[i]->Equals(*expected[i])) << i;
      }
      EXPECT_EQ(run.budget().reserved_bytes(), 0);
    }
  }
}

TEST_F(DiffTest, EqualCellsAreNoChange) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("x", arrow::float64()),
       arrow::field("tags", arrow::list(arrow::utf8())), arrow::field("yes", arrow::boolean())});
  const auto rows =
      Rows(schema, {"[9223372036854775807, -9223372036854775808, null]", "[NaN, 0.0, null]",
                    R"([["a", null], [], null])", "[true, null, false]"});
  const auto same =
      Rows(schema, {"[null, 9223372036854775807, -9223372036854775808]", "[null, NaN, -0.0]",
                    R"([null, ["a", null], []])", "[false, true, null]"});
  const auto diff = Of(rows, same);
  ASSERT_TRUE(diff.ok()) << diff.status().ToString();
  EXPECT_EQ(diff->added + diff->removed + diff->changed, 0);
  const auto other =
      Rows(schema, {"[null, 9223372036854775807, -9223372036854775808]", "[null, 1, -0.0]",
                    R"([[], ["a", "b"], []])", "[false, true, null]"});
  EXPECT_EQ(Texts(*Collect(*Of(rows, other)->changed_rows, run_), "changed"),
            (std::vector<std::string>{"tags", "x, tags"}));
}

TEST_F(DiffTest, SeveralColumnsMayBeTheKey) {
  const auto before = Rows(People(), {"[1, 1]", R"(["a", "b"])", "[1, 2]"});
  const auto after = Rows(People(), {"[1, 1]", R"(["b", "c"])", "[3, 4]"});
  const auto diff = Of(before, after, {"id", "name"});
  ASSERT_TRUE(diff.ok()) << diff.status().ToString();
  EXPECT_EQ(diff->added, 1);
  EXPECT_EQ(diff->removed, 1);
  EXPECT_EQ(diff->changed, 1);
  EXPECT_EQ(Of(before, after, {"id", "name", "score"})->changed, 0);
}

TEST_F(DiffTest, AKeyInSeveralRowsIsAnErrorThatNamesTheFirst) {
  const auto once = Rows(People(), {"[1]", R"(["a"])", "[1]"});
  const auto twice =
      Rows(People(), {"[7, 3, 3, 7, 7]", R"(["a", "b", "c", "d", "e"])", "[1, 2, 3, 4, 5]"});
  EXPECT_EQ(Of(twice, once).status().message(),
            "diff: key `id` 7 is in 3 rows of the first dataset");
  EXPECT_EQ(Of(once, twice).status().message(),
            "diff: key `id` 7 is in 3 rows of the second dataset");
  const auto nulls = Rows(People(), {"[null, null]", R"(["a", "a"])", "[1, 2]"});
  EXPECT_EQ(Of(once, nulls, {"id", "name"}).status().message(),
            "diff: key `id` null, `name` a is in 2 rows of the second dataset");
}

TEST_F(DiffTest, TheCountOfAKeyIsExactForAnyWorkersAndBatches) {
  const BatchPtr rows = NumberedRows(3000);
  for (const int workers : {1, 8}) {
    for (const int64_t cut : {7, 3000}) {
      RunContext run(Options(workers, 4096));
      const auto diff = Diff(SourceOf({rows}), SourceOf(CutEvery(rows, cut)), {"label"}, run);
      EXPECT_EQ(diff.status().message(),
                "diff: key `label` a is in 1740 rows of the first dataset");
    }
  }
}

TEST_F(DiffTest, EitherMayHaveNoRows) {
  const BatchPtr rows = NumberedRows(5), none = rows->Slice(0, 0);
  EXPECT_EQ(Of(none, rows)->added, 5);
  EXPECT_EQ(Of(rows, none)->removed, 5);
  const auto diff = Of(none, none);
  EXPECT_EQ(Collect(*diff->changed_rows, run_)->num_rows(), 0);
  const auto only_key = Rows(arrow::schema({arrow::field("id", arrow::int64())}), {"[1, 2]"});
  EXPECT_EQ(Of(only_key, only_key)->changed, 0);
}

TEST_F(DiffTest, CountsAStepForEachPart) {
  ASSERT_TRUE(Of(NumberedRows(10), NumberedRows(12)).ok());
  ASSERT_EQ(run_.steps().size(), 3U);
  EXPECT_EQ(run_.steps()[0].step.name, "diff added by id");
  EXPECT_EQ(run_.steps()[0].rows_out, 2);
  EXPECT_EQ(run_.steps()[1].step.name, "diff changed by id");
  EXPECT_EQ(run_.steps()[1].rows_in, 10);
  EXPECT_EQ(run_.steps()[1].rows_out, 0);
  EXPECT_EQ(run_.steps()[1].dropped.at("unchanged"), 10);
}

TEST_F(DiffTest, PartsGoOnAsDatasets) {
  const auto diff = Of(NumberedRows(3), NumberedRows(9));
  const NodePtr sorted =
      MakeSort(diff->added_rows, {{.column = "id", .descending = true}}).ValueOrDie();
  EXPECT_EQ(Numbers(*Collect(*sorted, run_)), (std::vector<int64_t>{8, 7, 6, 5, 4, 3}));
  EXPECT_NE(*Fingerprint(*diff->added_rows, run_), *Fingerprint(*diff->removed_rows, run_));
  EXPECT_EQ(*diff->added_rows->KnownRows(run_), 6);
}

TEST_F(DiffTest, RefusesWhatCannotBeCompared) {
  const BatchPtr rows = NumberedRows(3);
  EXPECT_EQ(Of(rows, rows, {}).status().message(), "diff: no key given");
  EXPECT_THAT(Of(rows, rows, {"idd"}).status().message(), HasSubstr("did you mean `id`?"));
  EXPECT_THAT(Of(rows, rows, {"id", "id"}).status().message(), HasSubstr("is given twice"));
  const auto other = Rows(People(), {"[1]", R"(["a"])", "[1]"});
  EXPECT_THAT(Of(rows, other).status().message(),
              HasSubstr("diff: the second dataset does not fit the first: columns"));
  const auto named = Rows(
      arrow::schema({arrow::field("changed", arrow::int64()), arrow::field("x", arrow::int64())}),
      {"[1]", "[1]"});
  EXPECT_EQ(Of(named, named, {"changed"}).status().message(),
            "diff: two columns of the changed rows would be named `changed`");
  const auto lists = Rows(arrow::schema({arrow::field("id", arrow::list(arrow::int8()))}), {"[]"});
  EXPECT_THAT(Of(lists, lists).status().message(), HasSubstr("diff: column `id` has no order"));
}

TEST_F(DiffTest, AFailureOfEitherSourceIsTheError) {
  auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
  source->fail_at = 7;
  const auto whole = SourceOf({NumberedRows(10)});
  EXPECT_EQ(Diff(source, whole, {"id"}, run_).status().message(), "test: the source broke");
  EXPECT_EQ(Diff(whole, source, {"id"}, run_).status().message(), "test: the source broke");
}

}  // namespace
}  // namespace tideway::dataset
