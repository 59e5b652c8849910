// Cleaning of messages: URLs, HTML tags and irregular white space out, in one pass.
//
//   KernelPtr clean = MakeClean({.newlines = false});          // for dataset's map
//   std::string text = CleanString("<b>See</b> http://x.np  now", {});   // "See now"
//
// The result equals these Python 3.11 expressions, in this order, each one switchable:
//
//   urls        s = re.sub(r'https?://\S+|www\.\S+', '', s)
//   html        s = re.sub(r'<.*?>', '', s)
//   newlines    s = s.replace('\n', ' ')
//   whitespace  s = re.sub(r'\s+', ' ', s).strip()
//
// So case matters, `.` does not match a newline, and \s, \S and strip() know the white space of
// Unicode. As \s includes the newline, `newlines` makes a difference only without `whitespace`.
//
// Bytes that are not valid UTF-8 are kept and count as no white space: what Python does with text
// decoded with errors="surrogateescape".
//
// Time is linear in the input, whatever it holds. Threads: all is pure.
#pragma once

#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::text {

struct CleanOptions {
  bool urls = true;        // remove web addresses
  bool html = true;        // remove what stands between < and > on one line
  bool newlines = true;    // turn each \n to a space
  bool whitespace = true;  // turn each run of white space to one space; none at the ends
};

std::string CleanString(std::string_view text, const CleanOptions& options);

// The kernel "text.clean" for string and large_string columns; the type out is the type in, nulls
// stay null. An array that is clean already is returned as it is. Needs memory for one more copy of
// the column's bytes.
dataset::KernelPtr MakeClean(const CleanOptions& options);

}  // namespace tideway::text
