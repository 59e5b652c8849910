// Syntaxes for tests: as those of lua/tideway/internal/languages.lua.
#pragma once

#include <utility>

#include "core/text/syntax.h"

namespace tideway::text::testing {

inline Syntax Made(SyntaxOptions options) { return Syntax::Make(std::move(options)).ValueOrDie(); }

inline const Syntax& Cpp() {
  static const Syntax syntax = Made({.line_comments = {"//"},
                                     .block_comments = {{"/*", "*/"}},
                                     .continued_comments = true,
                                     .strings = {"\"", "'"},
                                     .cpp_raw_strings = true,
                                     .directives = true,
                                     .braces = true,
                                     .brace_functions = true});
  return syntax;
}

inline const Syntax& JavaScript() {
  static const Syntax syntax = Made({.line_comments = {"//"},
                                     .block_comments = {{"/*", "*/"}},
                                     .strings = {"\"", "'"},
                                     .template_strings = {"`"},
                                     .regexes = true,
                                     .braces = true,
                                     .brace_functions = true,
                                     .inner_functions = true,
                                     .arrow_functions = true});
  return syntax;
}

inline const Syntax& Rust() {
  static const Syntax syntax = Made({.line_comments = {"//"},
                                     .block_comments = {{"/*", "*/"}},
                                     .nested_comments = true,
                                     .long_strings = {"\""},
                                     .rust_literals = true,
                                     .braces = true,
                                     .function_words = {"fn"}});
  return syntax;
}

}  // namespace tideway::text::testing
