#include "core/text/clean.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace tideway::text {
namespace {

constexpr CleanOptions kNothing{
    .urls = false, .html = false, .newlines = false, .whitespace = false};

std::string Clean(std::string_view text) { return CleanString(text, {}); }

std::string Urls(std::string_view text) {
  CleanOptions options = kNothing;
  options.urls = true;
  return CleanString(text, options);
}

std::string Html(std::string_view text) {
  CleanOptions options = kNothing;
  options.html = true;
  return CleanString(text, options);
}

std::string Whitespace(std::string_view text) {
  CleanOptions options = kNothing;
  options.whitespace = true;
  return CleanString(text, options);
}

std::string Repeat(std::string_view text, size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(CleanUrls, RemovesFromSchemeToWhiteSpace) {
  EXPECT_EQ(Urls("see http://a.np/x?y=1 now"), "see  now");
  EXPECT_EQ(Urls("see https://a.np"), "see ");
  EXPECT_EQ(Urls("www.a.np"), "");
  EXPECT_EQ(Urls("wwww.a b"), "w b");
  EXPECT_EQ(Urls("(http://a)b c"), "( c");
  EXPECT_EQ(Urls("http://www.a http://b"), " ");
}

TEST(CleanUrls, NeedsACharacterBehindThePrefix) {
  for (std::string text : {"http://", "https://", "www.", "http:// a", "https://\na", "www. a",
                           "http://\u3000x", "www.\u00a0x"}) {
    EXPECT_EQ(Urls(text), text);
  }
}

TEST(CleanUrls, KeepsLookalikes) {
  for (std::string text : {"HTTP://a", "Www.a", "http:/a", "http//a", "htp://a", "httpss://a",
                           "ftp://a", "ww.a", "www,a", "h", "ht", "http", "w", "www"}) {
    EXPECT_EQ(Urls(text), text);
  }
}

TEST(CleanUrls, EndAtEveryKindOfWhiteSpace) {
  for (std::string space : {"\t",     "\n",     "\v",     "\f",     "\r",     "\x1c",   "\x1d",
                            "\x1e",   "\x1f",   " ",      "\u0085", "\u00a0", "\u1680", "\u2000",
                            "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"}) {
    EXPECT_EQ(Urls("http://a" + space + "b"), space + "b");
  }
}

TEST(CleanUrls, RunOverWhatOnlyLooksLikeWhiteSpace) {
  for (std::string other : {"\u0084", "\u0086", "\u00a1", "\u1681", "\u180e", "\u200b", "\u2027",
                            "\u202a", "\u2060", "\u3001", "\ufeff", "\u0965", "\U0001f600"}) {
    EXPECT_EQ(Urls("http://a" + other + "b c"), " c");
  }
}

TEST(CleanHtml, RemovesTheShortestTag) {
  EXPECT_EQ(Html("<b>bold</b> text"), "bold text");
  EXPECT_EQ(Html("a<>b"), "ab");
  EXPECT_EQ(Html("a << b > c > d"), "a  c > d");
  EXPECT_EQ(Html("<a\r\t\u2028>b"), "b");
}

TEST(CleanHtml, StopsAtANewline) {
  EXPECT_EQ(Html("<a\nb>c"), "<a\nb>c");
  EXPECT_EQ(Html("<a\n<b>c"), "<a\nc");
}

TEST(CleanHtml, KeepsLoneBrackets) {
  for (std::string text : {"<", ">", "><", "a < b", "a > b", "> a <", "<<<"}) {
    EXPECT_EQ(Html(text), text);
  }
}

TEST(CleanWhitespace, FoldsRunsAndStripsTheEnds) {
  EXPECT_EQ(Whitespace("  a  b\t\nc "), "a b c");
  EXPECT_EQ(Whitespace("\u3000a\u00a0\u2028b\u0085"), "a b");
  EXPECT_EQ(Whitespace("\x1c"
                       "a"
                       "\x1f"),
            "a");
  EXPECT_EQ(Whitespace(" \n "), "");
  EXPECT_EQ(Whitespace("a\u200b\ufeff b"), "a\u200b\ufeff b");
}

TEST(CleanNewlines, ReplacesEachNewlineAndNothingElse) {
  CleanOptions options = kNothing;
  options.newlines = true;
  EXPECT_EQ(CleanString("\na\r\n\nb\u2028 \n", options), " a\r  b\u2028  ");
}

TEST(Clean, WithoutStepsChangesNothing) {
  EXPECT_EQ(CleanString(" <b>\nhttp://x ", kNothing), " <b>\nhttp://x ");
}

TEST(Clean, UrlTakesTheEndOfItsTagAlong) {
  EXPECT_EQ(Clean("<a href=http://x>foo bar"), "<a href= bar");
  EXPECT_EQ(Clean("<a href=\"http://x\">foo</a> b"), "<a href=\" b");
  EXPECT_EQ(Clean("<a http://x b>c"), "c");
}

TEST(Clean, UrlRemovalCanJoinATag) {
  EXPECT_EQ(Clean("<http://x >y"), "y");
  EXPECT_EQ(Clean("<http://x\n>y"), "< >y");
}

TEST(Clean, TagRemovalMakesNoUrlAndNoTag) {
  EXPECT_EQ(Clean("ht<b>tp://x y"), "http://x y");
  EXPECT_EQ(Clean("w<b>ww.x y"), "www.x y");
  EXPECT_EQ(Clean("<<b>b>c"), "b>c");
}

TEST(Clean, WhiteSpaceAroundRemovedPartsBecomesOneSpace) {
  EXPECT_EQ(Clean("a http://x b"), "a b");
  EXPECT_EQ(Clean("a <b> c"), "a c");
  EXPECT_EQ(Clean("a <b> <i> \n c"), "a c");
  EXPECT_EQ(Clean("a http://x <b> www.y  "), "a");
  EXPECT_EQ(Clean("<b> a"), "a");
  EXPECT_EQ(Clean("a < b http://x > c"), "a c");
}

TEST(Clean, KeepsInvalidUtf8AndTakesItForText) {
  EXPECT_EQ(Clean("a\xe3\x80 b\xc2"), "a\xe3\x80 b\xc2");
  EXPECT_EQ(Clean("http://a\xe3\x80 b"), "b");
  EXPECT_EQ(Clean("\xe3<b>\x80\x80  a"), "\xe3\x80\x80 a");
  EXPECT_EQ(Clean("\xe2\x80"), "\xe2\x80");
  EXPECT_EQ(Clean("a\xc0\xa0  b\xe0\x80\xa0"), "a\xc0\xa0 b\xe0\x80\xa0");
}

TEST(Clean, KeepsNulBytes) {
  EXPECT_EQ(Clean(std::string_view("a\0b  www.\0 c", 12)), std::string_view("a\0b c", 5));
}

TEST(Clean, WorksAtEveryDistanceFromABlock) {
  for (size_t pad = 0; pad < 300; ++pad) {
    const std::string word(pad, 'x');
    EXPECT_EQ(Clean(word + " http://x <b>y</b>\u3000z "), pad == 0 ? "y z" : word + " y z");
  }
}

TEST(Clean, TakesLinearTimeOnHostileText) {
  const size_t many = 4'000'000;  // quadratic time would take hours
  for (std::string part : {"<", ">", "<a", "https://", "https:// ", "www.", "www. ", "h",
                           "http:", " ", "\n", "\xe2", "\xe2\x80", "\u3000", "<\n", "<http://x "}) {
    const std::string text = Repeat(part, many / part.size());
    EXPECT_LE(Clean(text).size(), text.size());
  }
}

TEST(Clean, CleaningTwiceWithoutUrlsAndTagsIsCleaningOnce) {
  const std::string once = Whitespace(" a\t\tb \u3000 c\n");
  EXPECT_EQ(Whitespace(once), once);
}

class CleanColumn : public ::testing::Test {
 protected:
  template <typename Builder = arrow::StringBuilder>
  static std::shared_ptr<arrow::Array> Column(
      const std::vector<std::optional<std::string>>& cells) {
    Builder builder;
    for (const auto& cell : cells) {
      EXPECT_TRUE((cell ? builder.Append(*cell) : builder.AppendNull()).ok());
    }
    return builder.Finish().ValueOrDie();
  }

  std::shared_ptr<arrow::Array> Apply(const std::shared_ptr<arrow::Array>& column) {
    auto result = MakeClean({})->Apply(column, worker_);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE((*result)->ValidateFull().ok());
    return *result;
  }

  dataset::Worker worker_{0};
};

TEST_F(CleanColumn, CleansEachRowForItself) {
  const auto column = Column({"a <", "> b", " c ", "www", ".d ", "", "e\u3000", " f"});
  const auto expected = Column({"a <", "> b", "c", "www", ".d", "", "e", "f"});
  EXPECT_TRUE(Apply(column)->Equals(*expected));
}

TEST_F(CleanColumn, KeepsNulls) {
  EXPECT_TRUE(Apply(Column({{}, " a", {}, "<b>", {}}))->Equals(*Column({{}, "a", {}, "", {}})));
}

TEST_F(CleanColumn, ServesLargeStrings) {
  using Builder = arrow::LargeStringBuilder;
  EXPECT_TRUE(Apply(Column<Builder>({" a ", {}}))->Equals(*Column<Builder>({"a", {}})));
}

TEST_F(CleanColumn, ServesEverySlice) {
  const auto column = Column({" a ", {}, "b", "  ", "<i>c", {}, "d\n", "e", " f", {}, "g "});
  const auto expected = Column({"a", {}, "b", "", "c", {}, "d", "e", "f", {}, "g"});
  for (int64_t begin = 0; begin <= column->length(); ++begin) {
    for (int64_t length = 0; begin + length <= column->length(); ++length) {
      EXPECT_TRUE(Apply(column->Slice(begin, length))->Equals(*expected->Slice(begin, length)));
    }
  }
}

TEST_F(CleanColumn, ReturnsACleanArrayItself) {
  for (const auto& column : {Column({}), Column({{}, {}}), Column({"a b", {}, "c", ""})}) {
    EXPECT_EQ(Apply(column), column);
  }
}

TEST_F(CleanColumn, NoticesAChangeOfOneByteForAnother) {
  EXPECT_TRUE(Apply(Column({"a\tb"}))->Equals(*Column({"a b"})));
}

TEST_F(CleanColumn, DropsWhatHidesUnderANull) {
  auto data = Column({"a b", " hidden ", "c"})->data()->Copy();
  data->buffers[0] = arrow::Buffer::FromString("\x05");
  data->null_count = 1;
  const auto cleaned = Apply(arrow::MakeArray(data));
  EXPECT_TRUE(cleaned->Equals(*Column({"a b", {}, "c"})));
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*cleaned).total_values_length(), 4);
}

TEST_F(CleanColumn, RefusesOtherTypesByName) {
  const auto kernel = MakeClean({});
  for (const auto& type : {arrow::int64(), arrow::binary(), arrow::null(),
                           arrow::dictionary(arrow::int32(), arrow::utf8())}) {
    const Status status = kernel->OutputType(*type).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    EXPECT_EQ(status.message(), "text.clean: column must be string: " + type->ToString());
  }
  const auto column = arrow::MakeArrayOfNull(arrow::int64(), 1).ValueOrDie();
  EXPECT_EQ(KindOf(kernel->Apply(column, worker_).status()), ErrorKind::kUsage);
}

TEST_F(CleanColumn, NamesItselfAndItsOptions) {
  const auto kernel = MakeClean({.newlines = false});
  EXPECT_EQ(kernel->name(), "text.clean");
  EXPECT_EQ(kernel->OptionsJson(),
            R"({"urls":true,"html":true,"newlines":false,"whitespace":true})");
}

}  // namespace
}  // namespace tideway::text
