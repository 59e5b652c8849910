#include "core/dataset/format/manifest.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace tideway::dataset {

using nlohmann::ordered_json;

std::string ManifestText(const std::vector<WrittenShard>& shards) {
  ordered_json list = ordered_json::array();
  for (const WrittenShard& shard : shards) {
    list.push_back({{"name", shard.file.name},
                    {"part", shard.part},
                    {"rows", shard.file.rows},
                    {"size", shard.file.size},
                    {"sha256", shard.file.sha256}});
  }
  return ordered_json{{"version", 1}, {"shards", std::move(list)}}.dump(2) + "\n";
}

std::optional<std::vector<std::string>> NamesInManifest(const std::string& text) {
  const auto manifest = ordered_json::parse(text, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("shards")) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& shard : manifest["shards"]) {
    if (!shard.is_object() || !shard.contains("name") || !shard["name"].is_string()) continue;
    auto name = shard["name"].get<std::string>();
    if (name.find('/') == std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace tideway::dataset
