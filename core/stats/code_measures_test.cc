#include "core/stats/code_measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/text/testing_internal.h"

namespace tideway::stats {
namespace {

using text::Syntax;
using text::testing::Cpp;
using text::testing::JavaScript;
using text::testing::Made;
using text::testing::Rust;

const Syntax& Python() {
  static const Syntax syntax = Made({.line_comments = {"#"},
                                     .strings = {"\"", "'"},
                                     .long_strings = {"\"\"\"", "'''"},
                                     .function_words = {"def"}});
  return syntax;
}

// "code comment blank"
std::string Lines(std::string_view text, const Syntax& syntax) {
  const CodeMeasures m = MeasureCode(text, syntax);
  EXPECT_EQ(m.lines, m.code_lines + m.comment_lines + m.blank_lines);
  return std::to_string(m.code_lines) + " " + std::to_string(m.comment_lines) + " " +
         std::to_string(m.blank_lines);
}
int64_t Functions(std::string_view text, const Syntax& syntax) {
  return MeasureCode(text, syntax).functions;
}
int64_t Nesting(std::string_view text, const Syntax& syntax) {
  return MeasureCode(text, syntax).nesting;
}

TEST(CodeMeasures, LinesAreCodeCommentOrBlank) {
  EXPECT_EQ(Lines("", Cpp()), "0 0 0");
  EXPECT_EQ(Lines("\n", Cpp()), "0 0 1");
  EXPECT_EQ(Lines("int a;", Cpp()), "1 0 0");
  EXPECT_EQ(Lines("// one\n  // two\n\n\t \nint a;  // three\n", Cpp()), "1 2 2");
  EXPECT_EQ(Lines("/* a\n\n b */ int c;\n", Cpp()), "1 1 1");
  EXPECT_EQ(Lines("a /* b */ c\n/* d */ /* e */\n", Cpp()), "1 1 0");
  EXPECT_EQ(Lines("# a\nx = 1 # b\n\n", Python()), "1 1 1");
  EXPECT_EQ(Lines("a\r\n\r\n// b\r\n", Cpp()), "1 1 1");
}

TEST(CodeMeasures, CommentSignsInStringsAreNone) {
  EXPECT_EQ(Lines("a = \"// no\";\nb = '/*';\nc;\n", Cpp()), "3 0 0");
  EXPECT_EQ(Lines("a = \"\\\"// no\";\n// yes\n", Cpp()), "1 1 0");
  EXPECT_EQ(Lines("x = '''\n# no\n\n'''\n# yes\n", Python()), "3 1 1");
  EXPECT_EQ(Lines("x = '#'\ny = \"\"\n# yes\n", Python()), "2 1 0");
  EXPECT_EQ(Lines("auto s = R\"x(\n// no )\" \n)x\"; // end\n", Cpp()), "3 0 0");
  EXPECT_EQ(Lines("let s = r#\"\n// \" no\n\"#;\n// yes\n", Rust()), "3 1 0");
}

TEST(CodeMeasures, AStringThatIsNeverClosedEndsWithItsLine) {
  EXPECT_EQ(Lines("a = \"open\n// comment\n", Cpp()), "1 1 0");
  EXPECT_EQ(Lines("a = \"open \\\n still\n// comment\n", Cpp()), "2 1 0");
  EXPECT_EQ(Lines("'''\nopen\n# no\n", Python()), "3 0 0");
  EXPECT_EQ(Lines("/* open\nnever\n", Cpp()), "0 2 0");
}

TEST(CodeMeasures, NestedCommentsEndWithTheirOwn) {
  EXPECT_EQ(Lines("/* a /* b */ c */\nfn\n", Rust()), "1 1 0");
  EXPECT_EQ(Lines("/* a /* b */\nint c;\n", Cpp()), "1 1 0");
}

TEST(CodeMeasures, CommentsOfAShellFollowSpace) {
  const Syntax shell = Made({.line_comments = {"#"}, .spaced_comments = true});
  EXPECT_EQ(Lines("echo $# ${a#b}\n# c\nd # e\n", shell), "2 1 0");
}

TEST(CodeMeasures, LifetimesAndDigitSeparatorsOpenNoCharacter) {
  EXPECT_EQ(Lines("fn f<'a>(x: &'a str) {} // c\n// d\n", Rust()), "1 1 0");
  EXPECT_EQ(Lines("let c = '\"'; let d = '\\''; let e = 'ä';\n// d\n", Rust()), "1 1 0");
  EXPECT_EQ(Lines("int a = 1'000'000;\n// b\n", Cpp()), "1 1 0");
}

TEST(CodeMeasures, FunctionsOfCAndItsKin) {
  EXPECT_EQ(Functions("int f(void) { if (a) { while (b) { } } return 0; }", Cpp()), 1);
  EXPECT_EQ(Functions("int f(void);\nextern int g(int);\n", Cpp()), 0);
  EXPECT_EQ(Functions("struct s *f(struct t *x)\n{\n}\n", Cpp()), 1);
  EXPECT_EQ(Functions("static inline int __attribute__((pure)) f(int a) { return a; }", Cpp()), 1);
  EXPECT_EQ(Functions("struct __attribute__((packed)) s { int a; };", Cpp()), 0);
  EXPECT_EQ(Functions("int a[] = { f(1), { 2 } };\n", Cpp()), 0);
  EXPECT_EQ(Functions("#define F(x) do { x; } while (0)\n", Cpp()), 0);
  EXPECT_EQ(Functions("void f() { list_for_each(a, b) { c(); } }", Cpp()), 1);
  EXPECT_EQ(Functions("switch (a) { case f(1): { } }", Cpp()), 0);
}

TEST(CodeMeasures, FunctionsOfCpp) {
  EXPECT_EQ(
      Functions("class A { A() : a_(1), b_{2} { } ~A() {} int f() const noexcept { return 1; } };",
                Cpp()),
      3);
  EXPECT_EQ(Functions("namespace n { auto f(int a) -> std::vector<int> { return {}; } }", Cpp()),
            1);
  EXPECT_EQ(Functions("bool A::operator==(const A& b) const { return true; }", Cpp()), 1);
  EXPECT_EQ(Functions("void A::f() override { auto g = [](int a) { return a; }; }", Cpp()), 1);
  EXPECT_EQ(Functions("template <class T> T f(T a) { return a; }", Cpp()), 1);
  EXPECT_EQ(Functions("int x = f() ? a() : b();\nstruct S { int a{1}; };", Cpp()), 0);
}

TEST(CodeMeasures, AttributesOfTypesAndNamespacesAreNoFunctions) {
  EXPECT_EQ(
      Functions("namespace n API(default) { class API(x) A { int f() { } }; int g() { } }", Cpp()),
      2);
  EXPECT_EQ(Functions("struct API(x) s { int f() { } };", Cpp()), 1);
  EXPECT_EQ(Functions("template <typename T, class U> T f(U u) { }", Cpp()), 1);
  EXPECT_EQ(Functions("enum e f(void) { } union u g(int a) { }", Cpp()), 2);
}

TEST(CodeMeasures, DirectivesHaveNoFunctions) {
  EXPECT_EQ(Functions("#if defined(A)\nstruct s {\n};\n#endif\n", Cpp()), 0);
  EXPECT_EQ(Functions("#define F(x) int f_##x(int a) \\\n{ return a; }\nint g() { }\n", Cpp()), 1);
  EXPECT_EQ(Functions("#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{ }\n", Cpp()), 1);
}

TEST(CodeMeasures, CommentsThatBeginALineBeginNothingElse) {
  const Syntax perl = Made({.line_comments = {"#"}, .block_comments = {{"\n=pod", "\n=cut"}}});
  EXPECT_EQ(Lines("a\n=pod\n\nb\n=cut c\nd =pod\n", perl), "2 3 1");
  EXPECT_EQ(Lines("a\n\n=pod", perl), "1 1 1");
  EXPECT_EQ(Lines("a\n=pod\nb\n=cut", perl), "1 3 0");
}

TEST(CodeMeasures, FunctionsOfJava) {
  EXPECT_EQ(Functions("class A { int f() throws B, C { try { g(); } catch (D e) { } } }", Cpp()),
            1);
  EXPECT_EQ(Functions("class A { R r() { return new R() { public void run() { } }; } }", Cpp()), 2);
  EXPECT_EQ(Functions("@Deprecated(since = \"9\") class A { A(int a) { } }", Cpp()), 1);
  EXPECT_EQ(Functions("interface I { void f(); }", Cpp()), 0);
}

TEST(CodeMeasures, FunctionsOfJavaScript) {
  EXPECT_EQ(Functions("function f(a) { function g() { } }", JavaScript()), 2);
  EXPECT_EQ(Functions("x = function (a) { if (a) { } };", JavaScript()), 1);
  EXPECT_EQ(Functions("a.map(b => b + 1).map((c) => { return c; });", JavaScript()), 2);
  EXPECT_EQ(Functions("class A { m() { } }", JavaScript()), 1);
  EXPECT_EQ(Functions("const o = `f() { ${x} }`;", JavaScript()), 0);
}

TEST(CodeMeasures, FunctionsByTheirWords) {
  EXPECT_EQ(
      Functions("def f():\n  async def g(): pass\n# def no\nx = 'def no'\ndefine = 1\n", Python()),
      2);
  EXPECT_EQ(Functions("pub fn f() {} fn g() {} let fns = 1;", Rust()), 2);
  const Syntax go =
      Made({.braces = true, .function_words = {"func"}, .function_words_first = true});
  EXPECT_EQ(Functions("func f(g func(int)) {\n\tgo func() {}()\n}\n", go), 1);
}

TEST(CodeMeasures, NestingIsTheDepthOfBraces) {
  EXPECT_EQ(Nesting("int a;", Cpp()), 0);
  EXPECT_EQ(Nesting("f() { if (a) { } g({1, 2}); }", Cpp()), 2);
  EXPECT_EQ(Nesting("\"{{{\" // {{\n{", Cpp()), 1);
  EXPECT_EQ(Nesting("}}}}{", Cpp()), 1);
}

TEST(CodeMeasures, NestingIsTheDepthOfIndentation) {
  EXPECT_EQ(Nesting("a\nb\n", Python()), 0);
  EXPECT_EQ(Nesting("if a:\n    b\n    if c:\n\td\ne\n", Python()), 2);
  EXPECT_EQ(Nesting("f(a,\n        b,\n           c)\nd\n", Python()), 0);
  EXPECT_EQ(Nesting("x = '''\n      y\n         z'''\n", Python()), 0);
  EXPECT_EQ(Nesting("x = 1 + \\\n    2\n", Python()), 0);
  EXPECT_EQ(Nesting("if a:\n  b\n        # far\n\nc\n", Python()), 1);
}

TEST(CodeMeasures, TheLongestLineIsInBytes) {
  EXPECT_EQ(MeasureCode("ab\nüü\r\nc", Cpp()).longest_line, 4);
  EXPECT_EQ(MeasureLines("ab\n\n  \nabcdef").longest_line, 6);
  EXPECT_EQ(MeasureLines("ab\n\n  \nabcdef").blank_lines, 2);
  EXPECT_EQ(MeasureLines("ab\n\n  \nabcdef").bytes, 13);
}

// Any bytes: each line is counted once, and nothing is read beyond the end.
TEST(CodeMeasures, AnyBytesAreMeasured) {
  std::mt19937_64 random(11);
  const std::string alphabet = "\n\n \t\"'`\\/*#{}()[];:=>,Rr_a1\x80\xff" + std::string(1, '\0');
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t i = random() % 60; i > 0; --i) text += alphabet[random() % alphabet.size()];
    const CodeMeasures plain = MeasureLines(text);
    for (const Syntax* syntax : {&Cpp(), &Python(), &JavaScript(), &Rust()}) {
      const CodeMeasures m = MeasureCode(text, *syntax);
      ASSERT_EQ(m.lines, plain.lines) << text;
      ASSERT_EQ(m.blank_lines, plain.blank_lines) << text;
      ASSERT_EQ(m.longest_line, plain.longest_line) << text;
      ASSERT_EQ(m.code_lines + m.comment_lines, plain.code_lines) << text;
    }
  }
}

}  // namespace
}  // namespace tideway::stats
