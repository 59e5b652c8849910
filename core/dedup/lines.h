// Lines that many texts have: licence headers, navigation, banners. They stay in the first of the
// texts that have them, and go from all others.
#pragma once

#include <string>
#include <string_view>

#include "core/dataset/node.h"

namespace tideway::dedup {

struct LinesOptions {
  std::string column;       // of texts
  int64_t min_bytes = 40;   // shorter lines stay; white space at both ends does not count
  int64_t most_texts = 10;  // a line in more of them is repeated
  std::string count = {};   // a new column of how many lines went from each row; may be empty
};

// The rows in their order, with the column rewritten. A line ends with \n, which goes with it. Sees
// all rows before it gives the first. Errors of kind usage: a number below 1.
Result<dataset::NodePtr> MakeWithoutRepeatedLines(dataset::NodePtr input, LinesOptions options);

// The next line of `text`, with its \n, taken off its front.
std::string_view TakeLine(std::string_view& text);
// A line without white space at both ends.
std::string_view TrimLine(std::string_view line);

}  // namespace tideway::dedup
