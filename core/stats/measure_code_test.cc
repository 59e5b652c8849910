#include "core/stats/measure_code.h"

#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/dataset/testing_internal.h"

namespace tideway::stats {
namespace {

using dataset::testing::CutEvery;
using dataset::testing::Numbers;
using dataset::testing::SourceOf;
using ::testing::ElementsAre;

class MeasureCodeTest : public dataset::testing::DatasetTest {
 protected:
  static MeasureOptions Options(const std::string& language) {
    MeasureOptions options{.language = language};
    options.syntaxes.syntaxes.emplace(
        "python",
        text::Syntax::Make({.line_comments = {"#"}, .function_words = {"def"}}).ValueOrDie());
    return options;
  }
  dataset::RunContext run_{dataset::testing::DatasetTest::Options()};
};

const dataset::SchemaPtr kSchema = arrow::schema(
    {arrow::field("content", arrow::utf8()), arrow::field("language", arrow::utf8())});

dataset::BatchPtr Rows() {
  return dataset::testing::Rows(kSchema, {R"(["def f(): pass # a\n# b\n", "def\n\n", null, ""])",
                                          R"(["PYTHON", null, "Python", "Cobol"])"});
}

TEST_F(MeasureCodeTest, AddsMeasuresByLanguage) {
  const auto plan = MakeMeasureCode(SourceOf(CutEvery(Rows(), 1)), Options("language"));
  const auto table = dataset::testing::Collect(*plan, run_);
  ASSERT_NE(table, nullptr);
  const auto column = [&](const char* name) { return table->GetColumnByName(name)->chunk(0); };
  EXPECT_TRUE(
      column("bytes")->Equals(dataset::testing::Column(arrow::int64(), "[22, 5, null, 0]")));
  EXPECT_TRUE(column("lines")->Equals(dataset::testing::Column(arrow::int64(), "[2, 2, null, 0]")));
  EXPECT_TRUE(
      column("comment_lines")->Equals(dataset::testing::Column(arrow::int64(), "[1, 0, null, 0]")));
  EXPECT_TRUE(column("functions")
                  ->Equals(dataset::testing::Column(arrow::int64(), "[1, null, null, null]")));
}

TEST_F(MeasureCodeTest, ColumnsAreChecked) {
  const auto message = [&](MeasureOptions options, const dataset::BatchPtr& rows) {
    return MakeMeasureCode(SourceOf({rows}), std::move(options))->schema(run_).status().message();
  };
  EXPECT_EQ(message(Options("lang"), Rows()), "stats.code: no column `lang`");
  EXPECT_EQ(message({.content = "id"}, dataset::testing::NumberedRows(1)),
            "stats.code: column `id` must be text: int64");
  const auto twice = dataset::testing::Rows(
      arrow::schema({arrow::field("content", arrow::utf8()), arrow::field("lines", arrow::utf8())}),
      {"[null]", "[null]"});
  EXPECT_EQ(message({}, twice), "stats.code: there is a column `lines` already");
}

}  // namespace
}  // namespace tideway::stats
