// How long and how involved a source file is, told by the tokens of a lexer that knows comments,
// strings and brackets, and no grammar (core/text/code_lexer.h).
//
//   CodeMeasures measures = MeasureCode(text, *syntax);
//
// Lines end in \n, the last one also with the text; a line is blank when it has white space only
// (wherever it is), a comment when it has comments and nothing else, else code. Strings are code,
// documentation strings of Python too.
//
// Functions are what the syntax says: what follows a word as "def", or `name(...) {` where the name
// is none of the words of control flow, with what C++ writes between the two. Nesting is the
// greatest depth of blocks: of braces, or of indentation where the syntax has none (lines that go
// on in brackets or in a string do not count).
//
// A text that is no code of the language is measured all the same. Linear in the text. Threads:
// pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/text/syntax.h"

namespace tideway::stats {

struct CodeMeasures {
  int64_t bytes = 0;
  int64_t lines = 0;
  int64_t code_lines = 0;
  int64_t comment_lines = 0;
  int64_t blank_lines = 0;
  int64_t longest_line = 0;  // bytes, without the \n and a \r before it
  int64_t functions = 0;
  int64_t nesting = 0;
};

CodeMeasures MeasureCode(std::string_view text, const text::Syntax& syntax);
// What can be told of a text in no known language: lines, blank and other ones, the longest.
CodeMeasures MeasureLines(std::string_view text);

}  // namespace tideway::stats
