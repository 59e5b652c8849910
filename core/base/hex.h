// Bytes as hex digits, in lower case. Threads: functions are pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tideway {

std::string Hex(std::string_view bytes);
// The bytes of what Hex gave.
std::string BytesOfHex(std::string_view digits);
// Whether it is of so many digits, all lower-case.
bool IsHex(std::string_view text, size_t digits);

}  // namespace tideway
