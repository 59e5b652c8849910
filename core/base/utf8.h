// Whether bytes are text.
#pragma once

#include <string_view>

namespace tideway {

// True for well-formed UTF-8, the empty text too. Thread-safe.
bool IsUtf8(std::string_view bytes);

}  // namespace tideway
