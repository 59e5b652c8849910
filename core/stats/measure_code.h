// The operator that measures the code in a column.
//
// Threads: as a Node (core/dataset/node.h).
#pragma once

#include <memory>
#include <string>

#include "core/dataset/node.h"
#include "core/text/syntax.h"

namespace tideway::stats {

struct MeasureOptions {
  std::string content = "content";  // column of text or bytes
  std::string language = {};        // column of names in the table, in any case; empty: none known
  text::SyntaxTable syntaxes = {};
};

// Adds the columns bytes, lines, code_lines, comment_lines, blank_lines, longest_line, functions
// and nesting (int64; see code_measures.h). Where the content is null all are null; where the
// language is not in the table functions and nesting are null, and lines that are not blank are
// code. Errors of kind usage, when the schema is asked for: a column that is not there or no text,
// one of the new names that is there already.
dataset::NodePtr MakeMeasureCode(dataset::NodePtr input, MeasureOptions options);

}  // namespace tideway::stats
