// Whether source code ends where its language lets it end.
//
// It is careful. A text that is not understood is never called truncated: where brackets of another
// kind close than were opened, or a string of one line is not closed on it. Nothing is said of
// brackets in directives, nor of any where an #else or #elif may open one twice, and nothing at all
// of a language whose syntax is not complete.
//
// Threads: pure.
#pragma once

#include <string_view>

#include "core/text/syntax.h"

namespace tideway::text::internal {

// True for a text that ends within a comment, a string of several lines, or brackets.
bool IsTruncated(std::string_view text, const Syntax& syntax);

}  // namespace tideway::text::internal
