#include "core/text/code_lexer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/text/testing_internal.h"

namespace tideway::text {
namespace {

using testing::Cpp;
using testing::JavaScript;
using testing::Made;
using testing::Rust;

// The tokens with what they are before them: word, Sign, "string, /comment, and a bar for a line
// end; what is not closed has an ! (by its line) or a !! (by the text) behind it.
std::string Tokens(std::string_view text, const Syntax& syntax) {
  std::string all;
  CodeLexer lexer(text, syntax);
  for (Token token = lexer.Next();; token = lexer.Next()) {
    const std::string close = token.close == TokenClose::kLine    ? "!"
                              : token.close == TokenClose::kNever ? "!!"
                                                                  : "";
    if (token.kind == TokenKind::kEnd) return all + close;
    if (!all.empty()) all += ' ';
    if (token.kind == TokenKind::kLineEnd) {
      all += '|';
      continue;
    }
    all += std::string(1, "ws\"/"[static_cast<size_t>(token.kind)]) + "<" +
           std::string(text.substr(token.begin, token.end - token.begin)) + ">" + close;
  }
}

TEST(CodeLexer, TellsWordsSignsStringsAndComments) {
  EXPECT_EQ(Tokens("a_1 = \"b\"; // c\nd/* e\n */", Cpp()),
            "w<a_1> s<=> \"<\"b\"> s<;> /<// c> | w<d> /</* e\n */>");
  EXPECT_EQ(Tokens("", Cpp()), "");
  EXPECT_EQ(Tokens(" \t\r\f\v", Cpp()), "");
  EXPECT_EQ(Tokens("\n\n", Cpp()), "| |");
}

TEST(CodeLexer, WhatIsNotClosedSaysSo) {
  EXPECT_EQ(Tokens("'a\nb", Cpp()), "\"<'a>! | w<b>");
  EXPECT_EQ(Tokens("'a", Cpp()), "\"<'a>!");
  EXPECT_EQ(Tokens("'a\\", Cpp()), "\"<'a\\>!");
  EXPECT_EQ(Tokens("/* a\n", Cpp()), "/</* a\n>!!");
  EXPECT_EQ(Tokens("R\"(a\n", Cpp()), "\"<R\"(a\n>!!");
  EXPECT_EQ(Tokens("\"a\n", Rust()), "\"<\"a\n>!!");
  EXPECT_EQ(Tokens("/*/**/", Rust()), "/</*/**/>!!");
  EXPECT_EQ(Tokens("r#\"a\"", Rust()), "\"<r#\"a\">!!");
}

TEST(CodeLexer, ABackslashContinuesStringsAndTheCommentsThatLetIt) {
  EXPECT_EQ(Tokens("'a\\\nb'", Cpp()), "\"<'a\\\nb'>");
  EXPECT_EQ(Tokens("'a\\\r\nb'", Cpp()), "\"<'a\\\r\nb'>");
  EXPECT_EQ(Tokens("// a\\\nb\nc", Cpp()), "/<// a\\\nb> | w<c>");
  EXPECT_EQ(Tokens("// a\\\r\nb", Cpp()), "/<// a\\\r\nb>");
  EXPECT_EQ(Tokens("// a\\", Cpp()), "/<// a\\>");
  EXPECT_EQ(Tokens("// a\\\nb", JavaScript()), "/<// a\\> | w<b>");
}

TEST(CodeLexer, NumbersHoldTheirSeparators) {
  EXPECT_EQ(Tokens("1'000'0x 'a'", Cpp()), "w<1'000'0x> \"<'a'>");
  EXPECT_EQ(Tokens("u8'{'", Cpp()), "w<u8> \"<'{'>");
  EXPECT_EQ(Tokens("1' '", Cpp()), "w<1> \"<' '>");
}

TEST(CodeLexer, RawStringsEndWithTheirDelimiter) {
  EXPECT_EQ(Tokens("R\"x( )\" )x\" a", Cpp()), "\"<R\"x( )\" )x\"> w<a>");
  EXPECT_EQ(Tokens("PTR\"( \"", Cpp()), "w<PTR> \"<\"( \">");
  EXPECT_EQ(Tokens("R\"x y\"", Cpp()), "w<R> \"<\"x y\">");
  EXPECT_EQ(Tokens("br##\" \"# \"## a", Rust()), "\"<br##\" \"# \"##> w<a>");
  EXPECT_EQ(Tokens("r#type", Rust()), "w<r> s<#> w<type>");
}

TEST(CodeLexer, AQuoteOfRustIsACharacterOrALifetime) {
  EXPECT_EQ(Tokens("'a '\xC3\xA4' '\\'' '\\u{7F}' 'b'", Rust()),
            "s<'> w<a> \"<'\xC3\xA4'> \"<'\\''> \"<'\\u{7F}'> \"<'b'>");
  EXPECT_EQ(Tokens("'", Rust()), "s<'>");
  EXPECT_EQ(Tokens("'\n'", Rust()), "s<'> | s<'>");
}

TEST(CodeLexer, TheEndOfAVerbatimStringStandsForItselfTwice) {
  const Syntax csharp = Made({.strings = {"\""}, .verbatim_strings = {{"@\"", "\""}}});
  EXPECT_EQ(Tokens("@\"a\\\" b", csharp), "\"<@\"a\\\"> w<b>");
  EXPECT_EQ(Tokens("@\"a\"\"\n\" b", csharp), "\"<@\"a\"\"\n\"> w<b>");
  EXPECT_EQ(Tokens("@\"\"\"\" b", csharp), "\"<@\"\"\"\"> w<b>");
  EXPECT_EQ(Tokens("@\"a\"\"", csharp), "\"<@\"a\"\">!!");
}

TEST(CodeLexer, TemplatesHoldCode) {
  EXPECT_EQ(Tokens("`a${b}c` d", JavaScript()), "\"<`a${> w<b> \"<}c`> w<d>");
  EXPECT_EQ(Tokens("`${{}}`", JavaScript()), "\"<`${> s<{> s<}> \"<}`>");
  EXPECT_EQ(Tokens("`${`${a}`}`", JavaScript()), "\"<`${> \"<`${> w<a> \"<}`> \"<}`>");
  EXPECT_EQ(Tokens("`\\${a\\``", JavaScript()), "\"<`\\${a\\``>");
  EXPECT_EQ(Tokens("`${a", JavaScript()), "\"<`${> w<a>!!");
  EXPECT_EQ(Tokens("`${a}", JavaScript()), "\"<`${> w<a> \"<}>!!");
  EXPECT_EQ(Tokens("}", JavaScript()), "s<}>");
}

TEST(CodeLexer, ASlashBeginsAPatternWhereNoValueStandsBefore) {
  EXPECT_EQ(Tokens("a = /[/\"]\\//g", JavaScript()), "w<a> s<=> \"</[/\"]\\//> w<g>");
  EXPECT_EQ(Tokens("/a/", JavaScript()), "\"</a/>");
  EXPECT_EQ(Tokens("return /* c */ /a/", JavaScript()), "w<return> /</* c */> \"</a/>");
  EXPECT_EQ(Tokens("a / b / c", JavaScript()), "w<a> s</> w<b> s</> w<c>");
  EXPECT_EQ(Tokens("f() / 2 / a[0] / 'b' / c", JavaScript()),
            "w<f> s<(> s<)> s</> w<2> s</> w<a> s<[> w<0> s<]> s</> \"<'b'> s</> w<c>");
  EXPECT_EQ(Tokens("(/a\n/b/)", JavaScript()), "s<(> s</> w<a> | s</> w<b> s</> s<)>");
  EXPECT_EQ(Tokens("(/a\\\n)", JavaScript()), "s<(> s</> w<a> s<\\> | s<)>");
  EXPECT_EQ(Tokens("= /", JavaScript()), "s<=> s</>");
  EXPECT_EQ(Tokens("= /a/", Cpp()), "s<=> s</> w<a> s</>");
}

TEST(CodeLexer, CommentsOfWholeLinesBeginAndEndWithThem) {
  const Syntax perl = Made({.line_comments = {"#"}, .block_comments = {{"\n=pod", "\n=cut"}}});
  EXPECT_EQ(Tokens("a\n=pod b\n=cut c\nd =pod\n", perl),
            "w<a> | /<=pod b\n=cut c> | w<d> s<=> w<pod> |");
  EXPECT_EQ(Tokens("a\n=pod\nb", perl), "w<a> | /<=pod\nb>");
}

TEST(CodeLexer, CommentsOfAShellFollowSpace) {
  const Syntax shell = Made({.line_comments = {"#"}, .spaced_comments = true});
  EXPECT_EQ(Tokens("#a\n$# #b\n#c", shell), "/<#a> | w<$> s<#> /<#b> | /<#c>");
}

TEST(CodeLexer, TheEndComesAsOftenAsItIsAskedFor) {
  CodeLexer lexer("`${", JavaScript());
  EXPECT_EQ(lexer.Next().kind, TokenKind::kString);
  for (int i = 0; i < 3; ++i) {
    const Token end = lexer.Next();
    EXPECT_EQ(end.kind, TokenKind::kEnd);
    EXPECT_EQ(end.close, TokenClose::kNever);
    EXPECT_EQ(end.begin, 3u);
  }
}

// Any bytes: tokens follow each other, only white space is between them, and the last one ends with
// the text.
TEST(CodeLexer, AnyBytesMakeTokens) {
  std::mt19937_64 random(12);
  const std::string alphabet = "\n\n \t\"'`\\/*#{}()[];$@=,Rr_a1\x80\xff" + std::string(1, '\0');
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t i = random() % 60; i > 0; --i) text += alphabet[random() % alphabet.size()];
    for (const Syntax* syntax : {&JavaScript(), &Rust(), &Cpp()}) {
      CodeLexer lexer(text, *syntax);
      size_t at = 0;
      for (Token token = lexer.Next();; token = lexer.Next()) {
        ASSERT_GE(token.begin, at) << text;
        for (; at < token.begin; ++at) ASSERT_TRUE(IsBlank(text[at])) << text;
        at = token.end;
        if (token.kind == TokenKind::kEnd) break;
        ASSERT_GT(token.end, token.begin) << text;
      }
      ASSERT_EQ(at, text.size()) << text;
    }
  }
}

// Broken patterns are not tried again and again.
TEST(CodeLexer, TakesTimeLinearInTheText) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "=/[";
  CodeLexer lexer(text, JavaScript());
  int64_t tokens = 0;
  while (lexer.Next().kind != TokenKind::kEnd) ++tokens;
  EXPECT_EQ(tokens, 3'000'000);
}

TEST(Syntax, AnEmptyTextIsRefused) {
  EXPECT_EQ(Syntax::Make({.line_comments = {""}}).status().message(),
            "stats.Syntax: an empty text opens or closes nothing");
  EXPECT_FALSE(Syntax::Make({.block_comments = {{"/*", ""}}}).ok());
  EXPECT_FALSE(Syntax::Make({.template_strings = {""}}).ok());
  EXPECT_FALSE(Syntax::Make({.verbatim_strings = {{"", "\""}}}).ok());
}

TEST(Syntax, OfATableIsFoundInAnyCase) {
  SyntaxTable table;
  table.syntaxes.emplace("c++", Cpp());
  EXPECT_NE(table.Find("C++"), nullptr);
  EXPECT_EQ(table.Find("C"), nullptr);
  EXPECT_EQ(table.Find(""), nullptr);
}

}  // namespace
}  // namespace tideway::text
