// White space that means nothing in most code out of it: at the ends of lines, more blank lines in
// a row than anybody reads, and those at the end.
//
//   std::string text = TidyString("f()  \n\n\n\n\n", {});   // "f()\n"
//
// A line ends with LF or CR LF, which stays what it is; space, tab and other CR are white space.
// What a line is part of, such as a string over several lines, is not looked at. Again changes
// nothing. Time is linear. Threads: all is pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::text {

struct TidyOptions {
  bool line_ends = true;      // remove white space at the ends of lines
  int64_t blank_lines = 2;    // keep so many lines without anything in a row
  bool final_newline = true;  // end a text that holds anything with one line end, and no blank line
};

std::string TidyString(std::string_view text, const TidyOptions& options);

// The kernel "text.tidy" for columns of strings; the column out is string, nulls stay null.
dataset::KernelPtr MakeTidy(const TidyOptions& options);

}  // namespace tideway::text
