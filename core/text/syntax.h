// What a programming language's text looks like: data, which scripts give (lua/tideway/stats.lua
// has the table).
//
// Threads: these are values that are not changed once they are made.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tideway::text {

struct SyntaxOptions {
  std::vector<std::string> line_comments = {};  // "//"
  // "/*", "*/"; or, at the beginning of lines only, "\n=pod", "\n=cut"
  std::vector<std::pair<std::string, std::string>> block_comments = {};
  bool nested_comments = false;     // block comments count their openings
  bool spaced_comments = false;     // a line comment begins after white space only: "$#"
  bool continued_comments = false;  // a line comment goes on behind a backslash and a line end
  std::vector<std::string> strings = {};       // quotes of strings that end with their line
  std::vector<std::string> long_strings = {};  // of those that do not
  // Of those in which ${ } holds code.
  std::vector<std::string> template_strings = {};
  std::vector<std::pair<std::string, std::string>> raw_strings = {};  // "[[", "]]": no escapes
  // Raw strings in which the end, twice, stands for itself: "@\"", "\"".
  std::vector<std::pair<std::string, std::string>> verbatim_strings = {};
  bool cpp_raw_strings = false;                  // R"x(...)x"
  bool rust_literals = false;                    // r#"..."#, and ' for characters and lifetimes
  bool regexes = false;                          // /x/, where no value stands before it
  bool directives = false;                       // of C's preprocessor: #define, #else
  bool braces = false;                           // blocks are { }, else indentation tells them
  bool brace_functions = false;                  // `name(...) {` is a function, but in another
  bool inner_functions = false;                  // there, too
  bool arrow_functions = false;                  // so is `=>`
  std::vector<std::string> function_words = {};  // so is what follows "def"
  bool function_words_first = false;             // only where the word is the first of its line
  bool complete = false;  // all that a text opens is known here: see IsTruncated
};

enum class Opening : uint8_t {
  kLineComment,
  kBlockComment,
  kString,
  kLongString,
  kTemplateString,
  kRawString,
  kVerbatimString,
};

// Options in the form that a lexer asks.
class Syntax {
 public:
  // Errors of kind usage: an empty text.
  static Result<Syntax> Make(SyntaxOptions options);
  const SyntaxOptions& options() const { return options_; }

  struct Opener {
    Opening kind;
    std::string open;
    std::string close;
  };
  // Whether some opener begins with this byte.
  bool may_open(char c) const { return starts_[static_cast<uint8_t>(c)]; }
  // The longest one that `text` begins with, or null.
  const Opener* Find(std::string_view text) const;
  bool is_function_word(std::string_view word) const { return function_words_.contains(word); }

 private:
  SyntaxOptions options_;
  std::vector<Opener> openers_;  // the longest first
  std::array<bool, 256> starts_{};
  std::set<std::string, std::less<>> function_words_;
};

struct SyntaxTable {
  std::map<std::string, Syntax, std::less<>> syntaxes = {};  // by language, in lower case
  std::string identity = {};                                 // equal only for equal tables

  // That of the language, whose name may be in any case, or null.
  const Syntax* Find(std::string_view language) const;
};

}  // namespace tideway::text
