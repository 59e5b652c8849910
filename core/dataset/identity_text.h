// An operator's options as the bytes that its Identity() returns.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tideway::dataset {

// Equal for equal values only. Strings need not be UTF-8, as columns and labels may not be: they
// are kept as they are, where JSON text would refuse them.
std::string IdentityText(const nlohmann::json& options);

}  // namespace tideway::dataset
