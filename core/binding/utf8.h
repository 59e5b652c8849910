// Whether bytes are valid UTF-8. Thread-safe.
#pragma once

#include <string_view>

namespace tideway::binding {

bool IsUtf8(std::string_view bytes);

}  // namespace tideway::binding
