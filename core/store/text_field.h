// Fields of JSON answers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tideway::store {

// Empty where there is no such field, or it is no text.
inline std::string TextField(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace tideway::store
