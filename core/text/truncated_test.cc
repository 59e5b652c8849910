#include <gtest/gtest.h>

#include <string>

#include "core/text/truncated_internal.h"

namespace tideway::text {
namespace {

using internal::IsTruncated;

// The syntaxes of lua/tideway/internal/languages.lua, as far as these texts need them.
SyntaxOptions Braces() {
  return {.line_comments = {"//"}, .block_comments = {{"/*", "*/"}}, .strings = {"\"", "'"}};
}

SyntaxOptions OptionsOf(std::string_view language) {
  SyntaxOptions options = Braces();
  if (language == "C" || language == "C++") {
    options.continued_comments = options.directives = true;
    options.cpp_raw_strings = language == "C++";
  } else if (language == "C#") {
    options.directives = true;
    options.verbatim_strings = {{"@\"", "\""}};
  } else if (language == "Go") {
    options.raw_strings = {{"`", "`"}};
  } else if (language == "Java") {
    options.long_strings = {"\"\"\""};
  } else if (language == "JavaScript") {
    options.template_strings = {"`"};
    options.regexes = true;
  } else if (language == "Python") {
    options = {.line_comments = {"#"}, .strings = {"\"", "'"}, .long_strings = {"\"\"\"", "'''"}};
  } else if (language == "Rust") {
    options.nested_comments = options.rust_literals = true;
    options.strings = {};
    options.long_strings = {"\""};
  }
  options.complete = true;
  return options;
}

bool IsCut(std::string_view language, std::string_view text) {
  return IsTruncated(text, Syntax::Make(OptionsOf(language)).ValueOrDie());
}

struct Case {
  const char* language;
  const char* text;
};

TEST(Truncated, IsWhatEndsInCommentsStringsAndBrackets) {
  const Case cases[] = {
      {"C", "int f() {\n"},
      {"C", "/* never ends"},
      {"C++", "auto s = R\"x( )\" "},
      {"Java", "String s = \"\"\"\n  text"},
      {"JavaScript", "const s = `text ${a"},
      {"JavaScript", "f(function() { return 1 }"},
      {"JavaScript", "const s = `text ${a} "},
      {"Go", "s := `text"},
      {"Rust", "/* a /* b */"},
      {"Rust", "let s = r#\"text\""},
      {"C#", "var s = @\"a \"\" b"},
      {"Python", "x = [1, 2,\n"},
      {"Python", "'''docs \\'''"},
  };
  for (const auto& [language, text] : cases) EXPECT_TRUE(IsCut(language, text)) << text;
}

TEST(Truncated, WholeFilesAreNot) {
  const Case cases[] = {
      {"C", "char a = '{'; char b = '\\''; const char* s = \"/* {\"; // {\n"},
      {"C", "#define X \\\n { // (\n }\n"},
      {"C", "// it's \\\n {\nint x;"},
      {"C", "// it's \\\r\n {\r\nint x;"},
      {"C++", "auto s = R\"x({ \" )\" )x\"; int n = 1'000'000;"},
      {"C++", "printf(\"%\" PRIxPTR\"(\", p);"},
      {"Java", "String s = \"\"\"\n { \\\"\"\" \"\"\";"},
      {"JavaScript", "const s = `a ${ `b {` + \"}\" } {`; x = a / b / c;"},
      {"JavaScript", "s.replace(/[/{]/g, ''); return /`/.test(x) // {"},
      {"JavaScript", "if (/\\(/.test(a)) { b() }"},
      {"Go", "s := `\\`; r := '{'"},
      {"Rust", "fn f<'a>(x: &'a str) -> char { '{' } /* a /* b */ { */"},
      {"Rust", "let s = r#\"{ \" \"#; let b = b'\"'; let t = \"two\nlines {\";"},
      {"C#", "var s = @\"\\\"; var t = \"{\";"},
      {"Python", "s = '{'  # it's {\nt = \"\"\"{ \\\"\"\" \"\"\"\n"},
      {"Python", "s = 'unclosed\nx = 1\n"},
      {"Python", ""},
  };
  for (const auto& [language, text] : cases) EXPECT_FALSE(IsCut(language, text)) << text;
}

TEST(Truncated, NothingIsSaidOfWhatIsNotUnderstood) {
  EXPECT_FALSE(IsCut("C", "#if A\nint f() {\n#else\nint g() {\n#endif\n}\n"));
  EXPECT_FALSE(IsCut("C", "#if A\nint f() {\n# elif B\nint g() {\n#endif\n}\n"));
  EXPECT_FALSE(IsCut("C", "}\n{{"));
  EXPECT_FALSE(IsCut("C", "f(]\n{{"));
  EXPECT_FALSE(IsCut("JavaScript", "<p>don't {x}</p>\nf(\n"));
  EXPECT_FALSE(IsTruncated("(((", Syntax::Make(Braces()).ValueOrDie()));
}

TEST(Truncated, DirectivesMayHoldAnything) {
  EXPECT_FALSE(IsCut("C", "#define BEGIN namespace a {\nint x;\n"));
  EXPECT_FALSE(IsCut("C", "#define BEGIN \\\n {\nint x;\n"));
  EXPECT_FALSE(IsCut("C", "#define BEGIN \\\r\n {\r\nint x;\r\n"));
  EXPECT_FALSE(IsCut("C", "/* a */ #define BEGIN {"));
  EXPECT_TRUE(IsCut("C", "#error don't\nint f() {\n"));
  EXPECT_TRUE(IsCut("C", "#define BEGIN {\nint f() {\n"));
  EXPECT_TRUE(IsCut("C", "int f() { #\n"));
  EXPECT_TRUE(IsCut("JavaScript", "#define {\n"));
  EXPECT_TRUE(IsCut("C", "#define A /* never ends"));
}

TEST(Truncated, BranchesHideBracketsOnly) {
  EXPECT_TRUE(IsCut("C", "#if A\nint f() {\n#else\nint g() {\n#endif\n}\n/* never ends"));
  EXPECT_TRUE(IsCut("C", "// #else\nint f() {\n"));
  EXPECT_TRUE(IsCut("JavaScript", "class A { #else\n"));
}

}  // namespace
}  // namespace tideway::text
