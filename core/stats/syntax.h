// What a language's text looks like, as far as measures of code need it: data, which scripts give
// (lua/tideway/stats.lua has the table).
//
// Threads: a Syntax is a value that is not changed once it is made.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tideway::stats {

struct SyntaxOptions {
  std::vector<std::string> line_comments = {};  // "//"
  // "/*", "*/"; or, at the beginning of lines only, "\n=pod", "\n=cut"
  std::vector<std::pair<std::string, std::string>> block_comments = {};
  bool nested_comments = false;                // block comments count their openings
  bool spaced_comments = false;                // a line comment begins after white space only: "$#"
  std::vector<std::string> strings = {};       // quotes of strings that end with their line
  std::vector<std::string> long_strings = {};  // of those that do not
  std::vector<std::pair<std::string, std::string>> raw_strings = {};  // "[[", "]]": no escapes
  bool cpp_raw_strings = false;                                       // R"x(...)x"
  bool rust_literals = false;    // r#"..."#, and ' for characters and lifetimes
  bool braces = false;           // blocks are { }, else indentation tells them
  bool brace_functions = false;  // `name(...) {` is a function, but in the body of another
  bool inner_functions = false;  // there, too
  bool arrow_functions = false;  // so is `=>`
  std::vector<std::string> function_words = {};  // so is what follows "def"
  bool function_words_first = false;             // only where the word is the first of its line
};

enum class Opening : uint8_t { kLineComment, kBlockComment, kString, kLongString, kRawString };

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

}  // namespace tideway::stats
