// Stamps of files as JSON: [device, inode, size, modified_ns, changed_ns].
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "core/dataset/reuse/file_hashes.h"

namespace tideway::dataset {

inline nlohmann::json StampJson(const FileStamp& stamp) {
  return {stamp.device, stamp.inode, stamp.size, stamp.modified_ns, stamp.changed_ns};
}

// Nothing for what is no stamp.
inline std::optional<FileStamp> StampOfJson(const nlohmann::json& json) {
  if (!json.is_array() || json.size() != 5) return std::nullopt;
  for (const auto& number : json) {
    if (!number.is_number_integer()) return std::nullopt;
  }
  return FileStamp{json[0], json[1], json[2], json[3], json[4]};
}

}  // namespace tideway::dataset
