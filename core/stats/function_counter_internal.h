// Counts functions and blocks in the words and signs of a source file, as they come.
//
// Threads: one per object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text/syntax.h"

namespace tideway::stats {

class FunctionCounter {
 public:
  explicit FunctionCounter(const text::Syntax& syntax)
      : syntax_(syntax), options_(syntax.options()) {}

  // `is_first`: of its line.
  void Word(std::string_view word, bool is_first);
  // A sign outside words; '"' for a whole string.
  void Sign(char c);
  void Arrow() {
    if (options_.arrow_functions) ++count_;
    head_.has_arrow = true;
  }
  // A directive of C's preprocessor, which has no functions and ends with its line.
  void BeginDirective();
  void EndDirective();
  bool in_directive() const { return in_directive_; }

  int64_t count() const { return count_; }
  // The most blocks in braces, one in another.
  int64_t deepest() const { return deepest_; }
  // Brackets of all kinds that are open.
  int64_t brackets() const { return brackets_; }

 private:
  // What came since the last statement ended: what the next brace opens.
  struct Head {
    bool is_there = false;          // `name(...)`
    bool is_new = false;            // `new name(...)`
    bool is_type = false;           // `class` or its like, which no function has before it
    bool has_struct = false;        // C: `struct` or its like, which some have
    bool has_throws = false;        // Java: `throws`
    bool has_arrow = false;         // `=>`
    bool in_initialisers = false;   // C++: `name(...) : member(value)`
    bool follows_operator = false;  // C++: `operator`, and no parenthesis since
  };
  // What is around a brace.
  struct Outside {
    int64_t parentheses;
    bool in_body;
  };
  void HeadWord(std::string_view word);
  bool IsBody() const;
  void OpenBrace();
  void CloseBrace();
  void CloseParenthesis();
  void Reset() { head_ = {}; }

  const text::Syntax& syntax_;
  const text::SyntaxOptions& options_;
  int64_t count_ = 0;
  int64_t deepest_ = 0;
  int64_t brackets_ = 0;
  int64_t parentheses_ = 0;  // open since the innermost brace
  bool in_body_ = false;     // of a function
  std::vector<Outside> outside_;
  char last_ = ';';  // sign; 'w' for a word
  std::string_view last_word_ = {};
  bool is_name_ = false;         // the last word may name a function
  bool is_new_ = false;          // it is `new`
  bool follows_new_ = false;     // it names what `new` makes
  bool opened_by_name_ = false;  // the parentheses that are open
  Head head_;
  Head outside_directive_;  // what came before it
  bool in_directive_ = false;
};

}  // namespace tideway::stats
