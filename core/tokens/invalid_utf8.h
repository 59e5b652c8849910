// What to say of, and do with, bytes that are no text.
#pragma once

#include <string>
#include <string_view>

namespace tideway::tokens {

// The number of bytes before the first that belongs to no character.
size_t FirstInvalid(std::string_view bytes);

// `bytes` with U+FFFD for what is no UTF-8: one for each longest start of a character, as Python
// and Rust have it.
std::string ReplaceInvalidUtf8(std::string_view bytes);

}  // namespace tideway::tokens
