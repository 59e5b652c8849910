#include "core/dataset/identity_text.h"

#include <nlohmann/json.hpp>

namespace tideway::dataset {

std::string IdentityText(const nlohmann::json& options) {
  std::string text;
  nlohmann::json::to_cbor(options, text);
  return text;
}

}  // namespace tideway::dataset
