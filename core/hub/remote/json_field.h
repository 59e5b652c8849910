// Fields of what the Hub answers, which may be missing or of another type.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tideway::hub {

// Empty where there is no such text.
inline std::string TextOf(const nlohmann::json& value, const char* key) {
  if (!value.is_object() || !value.contains(key) || !value[key].is_string()) return "";
  return value[key].get<std::string>();
}

inline bool IsTrue(const nlohmann::json& value, const char* key) {
  return value.is_object() && value.contains(key) && value[key] == true;
}

// Empty where there is no such list.
inline nlohmann::json ListOf(const nlohmann::json& value, const char* key) {
  if (!value.is_object() || !value.contains(key) || !value[key].is_array()) {
    return nlohmann::json::array();
  }
  return value[key];
}

}  // namespace tideway::hub
