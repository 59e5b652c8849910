// Reads YAML as Python's `yaml.safe_load` does, into JSON.
//
//   ARROW_ASSIGN_OR_RAISE(const nlohmann::ordered_json card, FromYaml(parts.yaml));
//
// For facts only: what is written back into a card goes through front_matter.h, which keeps every
// byte. Texts, numbers, true and null are JSON's; what YAML takes for a date is a number, for it is
// no text. Keys are texts, whatever they look like; of two that are the same the last counts.
// Anchors, aliases and merge keys are followed. Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/error.h"

namespace tideway::hub {

// Null for an empty text. Errors of kind data name the line: broken YAML, a key that is no plain
// value, a tag, more than 64 levels or a million values.
Result<nlohmann::ordered_json> FromYaml(std::string_view yaml);

}  // namespace tideway::hub
