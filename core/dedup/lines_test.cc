#include "core/dedup/lines.h"

#include <map>
#include <random>
#include <set>

#include "core/dataset/testing_internal.h"

namespace tideway::dedup {
namespace {

using dataset::RunContext;
using dataset::testing::Collect;
using dataset::testing::CutEvery;
using dataset::testing::Numbers;
using dataset::testing::SourceOf;

using Texts = std::vector<std::string>;

dataset::BatchPtr RowsOf(const Texts& texts, bool large) {
  const auto build = [&](auto builder) {
    for (const std::string& text : texts) EXPECT_TRUE(builder.Append(text).ok());
    return builder.Finish().ValueOrDie();
  };
  const auto column = large ? build(arrow::LargeStringBuilder()) : build(arrow::StringBuilder());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("content", column->type())}),
                                  column->length(), {column});
}

class LinesTest : public dataset::testing::DatasetTest {
 protected:
  Texts Rewritten(const Texts& texts, const LinesOptions& options, RunContext& run,
                  bool large = false) {
    const auto source = SourceOf(CutEvery(RowsOf(texts, large), 7));
    const auto table = Collect(**MakeWithoutRepeatedLines(source, options), run);
    Texts rewritten;
    for (int64_t i = 0; i < table->num_rows(); ++i) {
      rewritten.push_back(table->column(0)->GetScalar(i).ValueOrDie()->ToString());
    }
    return rewritten;
  }
  LinesOptions options_{.column = "content", .min_bytes = 5, .most_texts = 2};
};

TEST_F(LinesTest, RepeatedLinesStayInTheFirstTextAlone) {
  RunContext run(Options());
  EXPECT_EQ(Rewritten({"x\nlicence\nlicence\ny", "licence\nb\n", "c\n  licence \r\n", "licenc"},
                      options_, run),
            (Texts{"x\nlicence\nlicence\ny", "b\n", "c\n", "licenc"}));
}

TEST_F(LinesTest, ShortAndRareLinesStay) {
  RunContext run(Options());
  const Texts texts{"}\nshared\n", "}\nshared\n", "}\n", "}\n\n\n", ""};
  EXPECT_EQ(Rewritten(texts, options_, run), texts);
  options_.min_bytes = 1;
  EXPECT_EQ(Rewritten(texts, options_, run), (Texts{"}\nshared\n", "shared\n", "", "\n\n", ""}));
}

TEST_F(LinesTest, EqualsTheRuleForAnyWorkersAndMemory) {
  std::mt19937_64 random(3);
  Texts texts;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (uint64_t line = random() % 20; line > 0; --line) {
      text += "line number " + std::to_string(random() % (random() % 2 == 0 ? 20 : 5000)) + "\n";
    }
    texts.push_back(text);
  }
  std::map<std::string_view, std::set<size_t>> texts_of;
  for (size_t i = 0; i < texts.size(); ++i) {
    for (std::string_view text = texts[i]; !text.empty();) texts_of[TakeLine(text)].insert(i);
  }
  Texts expected;
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string kept;
    for (std::string_view text = texts[i]; !text.empty();) {
      const std::string_view line = TakeLine(text);
      const auto& all = texts_of[line];
      if (all.size() <= 2 || *all.begin() == i) kept += line;
    }
    expected.push_back(kept);
  }
  for (const int workers : {1, 8}) {
    for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
      RunContext run(Options(workers, memory));
      EXPECT_EQ(Rewritten(texts, options_, run, workers == 8), expected);
    }
  }
}

TEST_F(LinesTest, CountsWhatWentFromEachRow) {
  RunContext run(Options());
  options_.count = "gone";
  const auto source = SourceOf({RowsOf({"shared\n", "shared\nshared\nown", "shared"}, false)});
  EXPECT_THAT(Numbers(*Collect(**MakeWithoutRepeatedLines(source, options_), run), "gone"),
              ::testing::ElementsAre(0, 2, 1));
}

TEST_F(LinesTest, RefusesWrongNumbersAndColumns) {
  const auto source = SourceOf({RowsOf({"a"}, false)});
  options_.min_bytes = 0;
  EXPECT_EQ(MakeWithoutRepeatedLines(source, options_).status().message(),
            "dedup.lines: min_bytes and most_texts must be 1 or more: 0, 2");
  RunContext run(Options());
  options_ = {.column = "content", .count = "content"};
  EXPECT_EQ((*MakeWithoutRepeatedLines(source, options_))->schema(run).status().message(),
            "dedup.lines: count: there is a column `content` already");
}

TEST(TrimLineTest, TakesWhiteSpaceOffBothEnds) {
  EXPECT_EQ(TrimLine(" \t a b \r\n"), "a b");
  EXPECT_EQ(TrimLine(" \n"), "");
  EXPECT_EQ(TrimLine(""), "");
}

}  // namespace
}  // namespace tideway::dedup
