// What was read, as the records of what is kept have it.
#pragma once

#include <nlohmann/json.hpp>

#include "core/dataset/run_context.h"

namespace tideway::dataset {

inline nlohmann::json InputJson(const InputRecord& input) {
  return {{"uri", input.uri}, {"hash", input.hash}, {"rows", input.rows}, {"bytes", input.bytes}};
}

// Throws json::exception for what is none.
inline InputRecord InputOf(const nlohmann::json& record) {
  return {record.at("uri"), record.at("hash"), record.at("rows"), record.at("bytes")};
}

}  // namespace tideway::dataset
