// Named rules that tell files of code which are no use for training: binary, cut off, minified,
// generated, of absurd lines.
//
//   CodeRules rules{.max_line = 1000, .truncated = true};
//   BrokenRules(rules, content, "C++");       // {"long_line", "truncated"}, in the order below
//
// | name | broken by a text |
// |---|---|
// | too_large | of more than max_bytes |
// | nul | with a zero byte |
// | binary | of which more than max_binary are controls, bytes that are no UTF-8, or U+FFFD |
// | control_bytes | of which more than max_control are controls |
// | minified | whose lines have minified_line characters on average, minified_space of them white |
// | long_line | with a line of more than max_line characters |
// | long_mean_line | whose lines have more than mean_line characters on average |
// | few_alphanumerics | of which less than min_alphanumeric are letters and digits |
// | generated | that says so in its first generated_lines lines |
// | truncated | that ends within a comment, a string or brackets (truncated_internal.h) |
//
// A threshold of 0 switches its rule off, for shares one below 0. Characters beyond ASCII count as
// letters. Threads: all is pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/node.h"
#include "core/text/syntax.h"

namespace tideway::text {

struct CodeRules {
  int64_t max_bytes = 0;
  bool nul = false;
  double max_binary = -1;   // share of bytes
  double max_control = -1;  // share of bytes
  double minified_line = 0;
  double minified_space = 0;  // share of characters
  int64_t max_line = 0;       // characters
  double mean_line = 0;
  double min_alphanumeric = 0;  // share of characters
  int64_t generated_lines = 0;
  std::vector<std::string> generated = {};  // what it says, in lower case
  bool truncated = false;
};

// The names of the rules that `text` breaks. `syntax` is that of its language; null: it is not
// known, and nothing is called truncated.
std::vector<std::string_view> BrokenRules(const CodeRules& rules, std::string_view text,
                                          const Syntax* syntax);

// The kernel "text.code_rules": for each text, the name of the first rule that it breaks, null for
// none. Columns as for MakeDecode. `language` is that of all texts, if `syntaxes` has it.
dataset::KernelPtr MakeCodeRules(const CodeRules& rules, const std::string& language,
                                 SyntaxTable syntaxes);

struct CheckCodeOptions {
  CodeRules rules = {};
  std::string column = {};
  std::string language = {};  // the column of programming languages; empty: none
  SyntaxTable syntaxes = {};  // of these languages
  std::string as = {};        // the column of names to add; empty: rows are dropped instead
};
// check_code(column): leaves rows out that break a rule, counted by the first that they break, or
// adds the names of all, with commas between, as a column. Rows without a text break none.
dataset::NodePtr MakeCheckCode(dataset::NodePtr input, CheckCodeOptions options);

}  // namespace tideway::text
