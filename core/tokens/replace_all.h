// Replace, as a normaliser and as a decoder: each occurrence of one string becomes another.
#pragma once

#include <string>
#include <string_view>

#include "core/tokens/json_fields.h"

namespace tideway::tokens {

// From left to right, none within what was put in.
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);

struct ReplaceRule {
  std::string from;  // not empty
  std::string to;
};
// Of an object {"pattern": {"String": "a"}, "content": "b"}, and finishes it. A regular expression
// is an error of kind data.
Result<ReplaceRule> ReadReplace(Fields& fields);

}  // namespace tideway::tokens
