#include "core/dedup/exact.h"

#include "core/dataset/testing_internal.h"

namespace tideway::dedup {
namespace {

using dataset::RunContext;
using dataset::testing::Collect;
using dataset::testing::CutEvery;
using dataset::testing::Numbers;
using dataset::testing::Rows;
using dataset::testing::SourceOf;
using ::testing::ElementsAre;

class ExactTest : public dataset::testing::DatasetTest {
 protected:
  std::vector<int64_t> Kept(const std::string& contents, ExactOptions options = {}) {
    const auto array = dataset::testing::Column(arrow::utf8(), contents);
    std::string ids = "[";
    for (int64_t i = 0; i < array->length(); ++i) ids += (i > 0 ? "," : "") + std::to_string(i);
    const auto schema =
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("content", arrow::utf8())});
    options.common.column = "content";
    options.common.id = "id";
    if (options.common.keep.rule == Keep::Rule::kLongest) {
      options.common.keep.rule = Keep::Rule::kFirst;
    }
    std::optional<std::vector<int64_t>> kept;
    for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
      for (const int workers : {1, 8}) {
        RunContext run(Options(workers, memory));
        const auto source = SourceOf(CutEvery(Rows(schema, {ids + "]", contents}), 3));
        const auto got = Numbers(*Collect(*MakeKept(MakeExact(source, options)), run));
        EXPECT_EQ(got, kept.value_or(got));
        kept = got;
      }
    }
    return *kept;
  }
};

TEST_F(ExactTest, KeepsTheFirstOfEachText) {
  EXPECT_THAT(Kept(R"(["a", "b", "a", "A", "a ", "b", "a"])"), ElementsAre(0, 1, 3, 4));
}

TEST_F(ExactTest, TextsOfEqualHashAreCompared) {
  const auto length = [](std::string_view text) -> uint64_t { return text.size(); };
  EXPECT_THAT(
      Kept(R"(["ab", "ba", "ab", "ba", "a"])", {.common = {}, .normal = {}, .hash = length}),
      ElementsAre(0, 1, 4));
}

TEST_F(ExactTest, EmptyTextsAreDuplicatesAndNullsAreNot) {
  EXPECT_THAT(Kept(R"(["", null, "", null, " "])"), ElementsAre(0, 1, 3, 4));
}

TEST_F(ExactTest, WhiteSpaceAndCaseMayBeLeftOut) {
  const std::string texts = R"(["int  a;\n", "int a;", " INT A;", "inta;", "int\ta;\r\n", ""])";
  EXPECT_THAT(Kept(texts, {.common = {}, .normal = {.whitespace = true}, .hash = nullptr}),
              ElementsAre(0, 2, 3, 5));
  EXPECT_THAT(
      Kept(texts,
           {.common = {}, .normal = {.whitespace = true, .letter_case = true}, .hash = nullptr}),
      ElementsAre(0, 3, 5));
  EXPECT_THAT(Kept(texts, {.common = {}, .normal = {.letter_case = true}, .hash = nullptr}),
              ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(ExactTest, NoRowsStayNone) {
  const auto schema = arrow::schema({arrow::field("content", arrow::utf8())});
  RunContext run(Options());
  const auto none = MakeExact(SourceOf({Rows(schema, {"[]"})}),
                              {.common = {.column = "content"}, .normal = {}, .hash = nullptr});
  EXPECT_EQ(Collect(*MakeKept(none), run)->num_rows(), 0);
}

TEST(NormalTextTest, IsTheTextItselfWhereNothingIsLeftOut) {
  std::string buffer;
  const std::string_view text = "A  b ";
  EXPECT_EQ(NormalText(text, {}, buffer).data(), text.data());
  EXPECT_EQ(NormalText(" \n A \v b ", {.whitespace = true}, buffer), "A b");
  EXPECT_EQ(NormalText("\xc3\x89 Z", {.letter_case = true}, buffer), "\xc3\x89 z");
}

}  // namespace
}  // namespace tideway::dedup
