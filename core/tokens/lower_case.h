// Lower case as Rust has it: each character by itself.
#pragma once

#include <string>

namespace tideway::tokens {

// Changes `text`, which is UTF-8. Of Unicode 17; a sigma at a word's end is one like any other.
void LowerCase(std::string& text);

}  // namespace tideway::tokens
