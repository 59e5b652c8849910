#include "core/text/code_rules.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/text/code_files.h"

namespace tideway::text {
namespace {

using std::string_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kLine = "int value = 1;\n";

std::vector<std::string_view> Broken(const CodeRules& rules, std::string_view text) {
  return BrokenRules(rules, text, nullptr);
}

TEST(CodeRules, NoneIsOnByItself) {
  EXPECT_THAT(Broken({}, "\0\x01{{{"s + std::string(5000, '=')), IsEmpty());
}

TEST(CodeRules, CountsBytesAndCharacters) {
  EXPECT_THAT(Broken({.max_bytes = 4}, "abcd"), IsEmpty());
  EXPECT_THAT(Broken({.max_bytes = 4}, "abcde"), ElementsAre("too_large"));
  EXPECT_THAT(Broken({.max_line = 4}, "äöüß\nabcd\n"), IsEmpty());
  EXPECT_THAT(Broken({.max_line = 4}, "ab\nabcde"), ElementsAre("long_line"));
}

TEST(CodeRules, ALineEndIsNoPartOfItsLine) {
  EXPECT_THAT(Broken({.mean_line = 4}, "abcd\nabcd\n"), IsEmpty());
  EXPECT_THAT(Broken({.mean_line = 4}, "abcd\nabcde\n"), ElementsAre("long_mean_line"));
}

TEST(CodeRules, FindsZerosAndControls) {
  EXPECT_THAT(Broken({.nul = true}, "a\0b"s), ElementsAre("nul"));
  EXPECT_THAT(Broken({.max_control = 0}, "a\x01"), ElementsAre("control_bytes"));
  EXPECT_THAT(Broken({.max_control = 0}, "\t\r\n\f\v\b\x1b[0m\x1a"), IsEmpty());
  EXPECT_THAT(Broken({.max_binary = 0.5}, "ab\xFF\xFE\x01"), ElementsAre("binary"));
  EXPECT_THAT(Broken({.max_binary = 0.5}, "abä\xFF\x01"), IsEmpty());
  EXPECT_THAT(Broken({.max_binary = 0.5}, "ab\uFFFD"), ElementsAre("binary"));
}

TEST(CodeRules, LettersBeyondAsciiAreLetters) {
  EXPECT_THAT(Broken({.min_alphanumeric = 0.5}, "длина =="), IsEmpty());
  EXPECT_THAT(Broken({.min_alphanumeric = 0.5}, "ab =="), ElementsAre("few_alphanumerics"));
  EXPECT_THAT(Broken({.min_alphanumeric = 0.5}, ""), IsEmpty());
}

TEST(CodeRules, MinifiedCodeHasLongLinesAndNoSpace) {
  const CodeRules rules{.minified_line = 100, .minified_space = 0.08};
  std::string minified = "function f(a){";
  for (int i = 0; i < 50; ++i) minified += "if(a>1){return b(a,c)}";
  EXPECT_THAT(Broken(rules, minified), ElementsAre("minified"));
  std::string prose;
  for (int i = 0; i < 50; ++i) prose += "a long line of many words ";
  EXPECT_THAT(Broken(rules, prose), IsEmpty());
}

TEST(CodeRules, GeneratedCodeSaysSoAtTheTop) {
  const CodeRules rules{.generated_lines = 2, .generated = {"do not edit"}};
  EXPECT_THAT(Broken(rules, "// x\n// DO NOT EDIT.\nint x;\n"), ElementsAre("generated"));
  EXPECT_THAT(Broken(rules, "// x\n// y\n// DO NOT EDIT.\n"), IsEmpty());
  EXPECT_THAT(Broken(rules, ""), IsEmpty());
}

TEST(CodeRules, CountsRightBeyondOneWordOfCounts) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "a=";
  EXPECT_THAT(Broken({.min_alphanumeric = 0.5}, text), IsEmpty());
  EXPECT_THAT(Broken({.min_alphanumeric = 0.5}, text + "="), ElementsAre("few_alphanumerics"));
}

TEST(CodeRules, WhatIsTruncatedIsToldByTheSyntaxOfTheLanguage) {
  const CodeRules rules{.truncated = true};
  const Syntax known = Syntax::Make({.complete = true}).ValueOrDie();
  EXPECT_THAT(BrokenRules(rules, "f(", &known), ElementsAre("truncated"));
  EXPECT_THAT(BrokenRules(rules, "f()", &known), IsEmpty());
  EXPECT_THAT(BrokenRules(rules, "f(", nullptr), IsEmpty());
  EXPECT_THAT(BrokenRules({}, "f(", &known), IsEmpty());
}

std::string Labels(const dataset::KernelPtr& kernel, const std::vector<std::string>& texts) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(texts).ok());
  dataset::Worker worker(0);
  const auto labels = kernel->Apply(builder.Finish().ValueOrDie(), worker).ValueOrDie();
  std::string all;
  for (int64_t row = 0; row < labels->length(); ++row) {
    all += labels->IsNull(row)
               ? "- "
               : static_cast<const arrow::StringArray&>(*labels).GetString(row) + " ";
  }
  return all;
}

TEST(CodeRules, TheKernelKnowsOneLanguageOfItsTable) {
  SyntaxTable table{.identity = "one"};
  table.syntaxes.emplace("play", Syntax::Make({.complete = true}).ValueOrDie());
  const CodeRules rules{.truncated = true};
  EXPECT_EQ(Labels(MakeCodeRules(rules, "Play", table), {"f(", "f()"}), "truncated - ");
  EXPECT_EQ(Labels(MakeCodeRules(rules, "Klingon", table), {"f("}), "- ");
  EXPECT_EQ(Labels(MakeCodeRules(rules, "", table), {"f("}), "- ");
  SyntaxTable other = table;
  other.identity = "another";
  EXPECT_NE(MakeCodeRules(rules, "Play", table)->OptionsJson(),
            MakeCodeRules(rules, "Play", other)->OptionsJson());
}

TEST(CodeFiles, LanguagesGoBySuffixAndName) {
  const auto kernel = MakeLanguage({{".py", "Python"},
                                    {".d.ts", "Types"},
                                    {".ts", "TypeScript"},
                                    {".R", "R"},
                                    {"Makefile", "Makefile"}});
  EXPECT_EQ(
      Labels(kernel, {"a/b.py", "b.d.ts", "c.x.ts", "Makefile", "a.py/b", "x.PY", "x.r", "", "py"}),
      "Python Types TypeScript Makefile - Python R - - ");
}

TEST(CodeFiles, PathKindsGoByFoldersAndNames) {
  const auto kernel = MakePathKind(
      {{"vendor/", "vendor"}, {"test_*", "test"}, {"*.min.js", "build"}, {"yarn.lock", "lock"}});
  EXPECT_EQ(Labels(kernel, {"vendor/a", "x/vendor/a", "xvendor/a", "a/test_b.py", "test_a/b",
                            "a.min.js", "yarn.lock", "a/yarn.lock.txt"}),
            "vendor vendor - test - build lock - ");
}

TEST(CodeFiles, LicencesGoByTagsAndPhrases) {
  const auto kernel = MakeLicense({{"free of charge, to any person", "MIT"}}, 200);
  EXPECT_EQ(
      Labels(
          kernel,
          {"/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */", "# SPDX-License-Identifier: MIT\r\n",
           " * Free of\n * charge, to any\n * PERSON", "free of charge",
           "SPDX-License-Identifier:", std::string(300, ' ') + "SPDX-License-Identifier: MIT"}),
      "(GPL-2.0 OR MIT) MIT MIT - - - ");
}

TEST(CodeFiles, KernelsRefuseOtherTypesByName) {
  EXPECT_EQ(MakeLanguage({})->OutputType(*arrow::int64()).status().message(),
            "code.language: column must be binary or string: int64");
}

}  // namespace
}  // namespace tideway::text
