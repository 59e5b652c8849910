#include "core/validate/validate.h"

#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/dataset/testing_internal.h"

namespace tideway::validate {
namespace {

using dataset::BatchPtr;
using dataset::ExpressionPtr;
using dataset::RunContext;
using dataset::testing::CutEvery;
using dataset::testing::SourceOf;
using ::testing::ElementsAre;

const dataset::SchemaPtr kSchema =
    arrow::schema({arrow::field("id", arrow::int64()), arrow::field("word", arrow::utf8()),
                   arrow::field("size", arrow::float64())});

BatchPtr Few() {
  return dataset::testing::Rows(
      kSchema, {"[1, 2, 2, 3, null, null, 1]", R"(["a", "b", "b", null, "c", "c", "a"])",
                "[1, 2, 3, 4, 5, null, NaN]"});
}

ExpressionPtr AtMost(const std::string& column, int64_t limit) {
  return dataset::MakeCall(
             "le", {dataset::MakeColumn(column), dataset::MakeLiteral(arrow::MakeScalar(limit))})
      .ValueOrDie();
}

Rule Unique(std::vector<std::string> columns) {
  return {.name = "unique", .keys = KeyRule{.columns = std::move(columns)}};
}

Rule RefersTo(const std::string& column, dataset::NodePtr reference) {
  return {
      .name = "refers",
      .keys = KeyRule{
          .columns = {column}, .reference = std::move(reference), .reference_columns = {column}}};
}

class ValidateTest : public dataset::testing::DatasetTest {
 protected:
  Result<Validation> Check(const BatchPtr& rows, Rules rules, int64_t cut = 2, int workers = 2,
                           int64_t memory = 512LL << 20) {
    run_ = std::make_unique<RunContext>(Options(workers, memory));
    return Validate(SourceOf(CutEvery(rows, cut)), std::move(rules), *run_);
  }
  std::vector<int64_t> Ids(const Validation& checked) {
    return dataset::testing::Numbers(*dataset::testing::Collect(*checked.rows, *run_));
  }

  std::unique_ptr<RunContext> run_;
};

TEST_F(ValidateTest, ANullPassesAndNanFails) {
  const auto checked = Check(Few(), {.rules = {{.name = "small", .condition = AtMost("size", 3)}}});
  ASSERT_TRUE(checked.ok()) << checked.status();
  const RuleFindings& found = checked->findings.rules[0];
  EXPECT_EQ(checked->findings.rows, 7);
  EXPECT_EQ(found.failed, 3);
  EXPECT_THAT(found.examples, ElementsAre(3, 4, 6));
}

TEST_F(ValidateTest, FurtherRowsOfAKeyFailAndNullsDoNot) {
  for (const int64_t cut : {1, 2, 3, 7}) {
    const auto checked = Check(Few(), {.mode = Mode::kDrop, .rules = {Unique({"id"})}}, cut);
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_EQ(checked->findings.rules[0].failed, 2) << cut;
    EXPECT_THAT(checked->findings.rules[0].examples, ElementsAre(2, 6)) << cut;
    EXPECT_EQ(checked->findings.failed_rows, 2);
    EXPECT_EQ(dataset::testing::Collect(*checked->rows, *run_)->num_rows(), 5);
  }
}

TEST_F(ValidateTest, AllRowsWithoutAReferenceFail) {
  const auto known = dataset::testing::Rows(arrow::schema({arrow::field("word", arrow::utf8())}),
                                            {R"(["b", "b", null, "z"])"});
  for (const int64_t cut : {1, 2, 3, 7}) {
    const auto checked =
        Check(Few(), {.mode = Mode::kDrop, .rules = {RefersTo("word", SourceOf({known}))}}, cut);
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_EQ(checked->findings.rules[0].failed, 4) << cut;
    EXPECT_EQ(checked->findings.failed_rows, 4);
    EXPECT_THAT(dataset::testing::Collect(*checked->rows, *run_)->num_rows(), 3);
  }
}

TEST_F(ValidateTest, ARowIsCountedForTheFirstRuleThatItFails) {
  Rules rules{.mode = Mode::kDrop,
              .rules = {{.name = "small", .condition = AtMost("id", 1)}, Unique({"id"})}};
  const auto checked = Check(Few(), rules);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->findings.rules[0].first_failed, 3);
  EXPECT_EQ(checked->findings.rules[1].failed, 2);
  EXPECT_EQ(checked->findings.rules[1].first_failed, 1);
  EXPECT_EQ(dataset::testing::Collect(*checked->rows, *run_)->num_rows(), 3);
  // Counted in the receipt by the same names.
  const auto steps = run_->steps();
  const auto& dropped = steps.back().dropped;
  EXPECT_EQ(dropped.at("small"), 3);
  EXPECT_EQ(dropped.at("unique"), 1);
}

TEST_F(ValidateTest, TagsNameAllRulesOfARow) {
  Rules rules{.mode = Mode::kTag,
              .rules = {{.name = "small", .condition = AtMost("id", 1)}, Unique({"id"})}};
  const auto checked = Check(Few(), rules);
  ASSERT_TRUE(checked.ok()) << checked.status();
  const auto table = dataset::testing::Collect(*checked->rows, *run_);
  EXPECT_EQ(table->GetColumnByName("failed")->ToString(),
            arrow::ChunkedArray::Make(
                {dataset::testing::Column(arrow::utf8(), R"([null, "small", "small, unique",
                                          "small", null, null, "unique"])")})
                .ValueOrDie()
                ->ToString());
}

TEST_F(ValidateTest, RulesThatAreOnlyCountedDropNothing) {
  Rules rules{.mode = Mode::kDrop,
              .rules = {{.name = "small", .condition = AtMost("id", 1), .only_counted = true},
                        {.name = "low", .condition = AtMost("size", 2)}}};
  const auto checked = Check(Few(), rules);
  ASSERT_TRUE(checked.ok()) << checked.status();
  // Of the rows that are left: ids 1, 2 and null.
  EXPECT_EQ(checked->findings.rules[0].failed, 1);
  EXPECT_EQ(checked->findings.failed_rows, 4);
}

TEST_F(ValidateTest, OutliersAreTheRowsBeyondTheFences) {
  arrow::Int64Builder builder;
  for (int64_t i = 1; i <= 101; ++i) EXPECT_TRUE(builder.Append(i == 50 ? 5000 : i).ok());
  const auto rows = arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}),
                                             101, {builder.Finish().ValueOrDie()});
  for (const Mode mode : {Mode::kRefuse, Mode::kDrop, Mode::kTag}) {
    const auto checked = Check(
        rows, {.mode = mode, .rules = {{.name = "far", .outliers = OutlierRule{.column = "id"}}}});
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_EQ(checked->findings.rules[0].failed, 1);
    EXPECT_THAT(checked->findings.rules[0].examples, ElementsAre(49));
    EXPECT_TRUE(checked->findings.rules[0].fences);
    EXPECT_EQ(Ids(*checked).size(), mode == Mode::kDrop ? 100U : 101U);
  }
}

TEST_F(ValidateTest, TheProfileIsOfTheRowsThatAreLeft) {
  Rules rules{
      .mode = Mode::kDrop, .rules = {Unique({"id"})}, .profile = {.categories = {{"word"}}}};
  const auto checked = Check(Few(), rules);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->findings.profile["rows"], 5);
}

TEST_F(ValidateTest, WhatComesOutIsTheSameForAnyBatchesWorkersAndMemory) {
  const auto rows = dataset::testing::NumberedRows(30'000);
  const auto half = rows->Slice(0, 20'000);
  Rules rules{.mode = Mode::kDrop,
              .rules = {{.name = "refers",
                         .keys = KeyRule{.columns = {"id"},
                                         .reference = SourceOf(CutEvery(half, 4096)),
                                         .reference_columns = {"id"}}},
                        Unique({"label"}),
                        {.name = "small", .condition = AtMost("id", 25'000)}},
              .profile = {.numbers = {"id"}, .categories = {{"label"}}}};
  std::set<std::string> outcomes;
  for (const int workers : {1, 2, 8}) {
    for (const int64_t memory : {int64_t{64} << 20, int64_t{512} << 20}) {
      const auto checked = Check(rows, rules, 1000 + 77 * workers, workers, memory);
      ASSERT_TRUE(checked.ok()) << checked.status();
      std::string outcome = checked->findings.profile.dump();
      for (const auto& found : checked->findings.rules) {
        outcome += " " + std::to_string(found.failed) + "/" + std::to_string(found.first_failed);
        for (const int64_t row : found.examples) outcome += " " + std::to_string(row);
      }
      for (const int64_t id : Ids(*checked)) outcome += "," + std::to_string(id);
      outcomes.insert(outcome);
    }
  }
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(ValidateTest, RulesThatDoNotFitAreErrors) {
  const auto message = [&](Rules rules) {
    return Check(Few(), std::move(rules)).status().message();
  };
  EXPECT_EQ(message({.rules = {{.name = "small", .condition = AtMost("idd", 1)}}}),
            "validate: no column `idd`; did you mean `id`?");
  EXPECT_EQ(message({.rules = {{.name = "small", .condition = AtMost("word", 1)}}}),
            "validate: small: cannot compare `word` (string) with 1 (int64)");
  EXPECT_EQ(message({.rules = {{.name = "far", .outliers = OutlierRule{.column = "word"}}}}),
            "validate: far: needs a column of numbers, not string");
  EXPECT_EQ(message({.mode = Mode::kTag, .tag_column = "word"}),
            "validate: there is a column `word` already");
  const auto other =
      dataset::testing::Rows(arrow::schema({arrow::field("id", arrow::int32())}), {"[1]"});
  EXPECT_EQ(message({.rules = {RefersTo("id", SourceOf({other}))}}),
            "validate: refers: `id` is int64 and `id` is int32");
}

TEST_F(ValidateTest, AnErrorOfTheSourceIsTheError) {
  const auto source = SourceOf(CutEvery(Few(), 2));
  source->fail_at = 1;
  RunContext run(Options());
  EXPECT_EQ(Validate(source, {.rules = {Unique({"id"})}}, run).status().message(),
            "test: the source broke");
}

TEST_F(ValidateTest, ACheckRunsNothing) {
  auto options = Options();
  options.check_only = true;
  RunContext run(options);
  const auto source = SourceOf(CutEvery(Few(), 2));
  const auto checked = Validate(source, {.mode = Mode::kTag, .rules = {Unique({"id"})}}, run);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(source->opened, 0);
  EXPECT_EQ(checked->rows->schema(run).ValueOrDie()->num_fields(), 4);
}

}  // namespace
}  // namespace tideway::validate
