// Counts functions and blocks in the words and signs of a source file, as they come.
//
// Threads: one per object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/stats/syntax.h"

namespace tideway::stats {

class FunctionCounter {
 public:
  explicit FunctionCounter(const Syntax& syntax) : syntax_(syntax), options_(syntax.options()) {}

  // `is_first`: of its line.
  void Word(std::string_view word, bool is_first);
  // A sign outside words; '"' for a whole string.
  void Sign(char c);
  void Arrow() {
    if (options_.arrow_functions) ++count_;
    has_arrow_ = true;
  }
  int64_t count() const { return count_; }
  // The most blocks in braces, one in another.
  int64_t deepest() const { return deepest_; }
  // Brackets of all kinds that are open.
  int64_t brackets() const { return brackets_; }

 private:
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
  // A statement ends: what came before says nothing of the next brace.
  void Reset();

  const Syntax& syntax_;
  const SyntaxOptions& options_;
  int64_t count_ = 0;
  int64_t deepest_ = 0;
  int64_t brackets_ = 0;
  int64_t parentheses_ = 0;  // open since the innermost brace
  bool in_body_ = false;     // of a function
  std::vector<Outside> outside_;
  char last_ = ';';  // sign; 'w' for a word
  std::string_view last_word_ = {};
  bool is_name_ = false;           // the last word may name a function
  bool is_new_ = false;            // it is `new`
  bool follows_new_ = false;       // it names what `new` makes
  bool follows_operator_ = false;  // C++: `operator` came, and no parenthesis since
  bool opened_by_name_ = false;    // the parentheses that are open
  bool has_head_ = false;          // `name(...)` came
  bool has_new_ = false;           // `new name(...)` came
  bool has_type_ = false;          // `class` or its like came, which no function has before it
  bool has_struct_ = false;        // C: `struct` or its like came, which some have
  bool has_throws_ = false;        // Java: `throws` came
  bool has_arrow_ = false;         // `=>` came
  bool in_initialisers_ = false;   // C++: `name(...) : member(value)` came
};

}  // namespace tideway::stats
