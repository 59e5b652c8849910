// The characters that byte-level vocabularies write bytes as: itself for a byte that is a visible
// character of Latin-1, else one from U+0100 on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tideway::tokens {

// The character for each byte, as UTF-8.
std::string ByteChars(std::string_view bytes);
// The bytes that `chars` stand for; nothing where one of them stands for none.
std::optional<std::string> BytesOfChars(std::string_view chars);

}  // namespace tideway::tokens
