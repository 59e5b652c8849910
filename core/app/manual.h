// Help, reference and editor stubs from the docstrings of lua/tideway.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/base/error.h"

namespace tideway::app {

// Calls `function` of lua/tideway/internal/manual.lua with `request` and the program's Lua files.
Result<nlohmann::ordered_json> AskManual(const std::string& function,
                                         nlohmann::ordered_json request);

}  // namespace tideway::app
