// Whether a file of code ends where its language lets it end: by a cheap look at comments, strings
// and brackets.
//
// It is careful. Nothing is said of brackets in files of C with an #else or #elif, which may open
// one twice, nor where more brackets close than open: such a file is not understood. Strings of one
// line end with it, however they are written.
//
// Threads: pure.
#pragma once

#include <string_view>

namespace tideway::text::internal {

// True for text that ends within a comment, a string of several lines, or brackets. False for a
// language that is not known.
bool IsTruncated(std::string_view text, std::string_view language);

}  // namespace tideway::text::internal
