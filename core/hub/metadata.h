// `dataset_metadata.json`: the facts of a push for people and for programs that read no Parquet.
//
//   {"dataset_name": "department", "version_tag": "v20260801_030000", "label_column": "department",
//    "created_at": "2026-08-01T03:00:00Z", "num_samples": 1523, "splits": {"train": 1218, ...},
//    ...}
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tideway::hub {

struct MetadataFacts {
  std::string dataset_name;
  std::string version_tag;                              // empty: left out
  std::string created_at;                               // UTC
  std::vector<std::pair<std::string, int64_t>> splits;  // name, rows
};

// `facts` and the fields of `given` (a JSON object, or empty), which win where both have one.
std::string MetadataText(const MetadataFacts& facts, const std::string& given);

// Whether the texts differ in more than what differs between two pushes of the same data:
// `created_at`, `version_tag`, and the order of keys.
bool MetadataDiffers(const std::optional<std::string>& now, const std::string& next);

}  // namespace tideway::hub
