// One of the two keys of a card that a push writes, with the entries of other configurations in it.
// Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/hub/card.h"
#include "core/hub/front_matter.h"

namespace tideway::hub {

// One top-level key with all its lines.
struct Block {
  YamlLine head;
  std::vector<YamlLine> lines = {};  // below the key's own
  size_t end() const { return lines.empty() ? head.end : lines.back().end; }
};

// The new text of `key` (dataset_info or configs), which stands in `yaml` as `block` (null: not at
// all), with `entry` for our configuration. A lone dataset_info is a mapping, without the name
// `default`; all else is a list by name. Errors: those of MergeCard.
Result<std::string> RewriteKey(std::string_view yaml, std::string_view key, const Block* block,
                               const nlohmann::ordered_json& entry, const MergeOptions& options);

}  // namespace tideway::hub
