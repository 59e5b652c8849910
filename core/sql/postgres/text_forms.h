// Binary values that become text: as the server would print them.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::sql::postgres {

Result<std::string> UuidText(std::string_view bytes);    // "550e8400-e29b-41d4-a716-446655440000"
Result<std::string> InetText(std::string_view bytes);    // "10.0.0.0/8", "::1"
Result<std::string> MacText(std::string_view bytes);     // "08:00:2b:01:02:03"
Result<std::string> TimeTzText(std::string_view bytes);  // "13:45:00.5+05:45"

}  // namespace tideway::sql::postgres
