#include "core/hub/metadata.h"

#include <array>
#include <nlohmann/json.hpp>

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

// The order that readers find; fields of the script's own follow in its order.
constexpr std::array<const char*, 8> kOrder = {"dataset_name", "version_tag", "label_column",
                                               "created_at",   "num_samples", "splits",
                                               "author",       "description"};

Json FactsJson(const MetadataFacts& facts) {
  Json splits = Json::object();
  int64_t rows = 0;
  for (const auto& [name, count] : facts.splits) {
    splits[name] = count;
    rows += count;
  }
  Json json = {{"dataset_name", facts.dataset_name},
               {"created_at", facts.created_at},
               {"num_samples", rows},
               {"splits", std::move(splits)}};
  if (!facts.version_tag.empty()) json["version_tag"] = facts.version_tag;
  return json;
}

// Sorted and without what a push of the same data changes; null for what is no JSON object.
nlohmann::json Lasting(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return nullptr;
  for (const char* key : {"created_at", "version_tag"}) json.erase(key);
  return json;
}

}  // namespace

std::string MetadataText(const MetadataFacts& facts, const std::string& given) {
  Json all = FactsJson(facts);
  if (!given.empty()) all.update(Json::parse(given, nullptr, /*allow_exceptions=*/false));
  Json ordered = Json::object();
  for (const char* key : kOrder) {
    if (all.contains(key)) ordered[key] = all[key];
  }
  ordered.update(all);
  return ordered.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool MetadataDiffers(const std::optional<std::string>& now, const std::string& next) {
  return !now || Lasting(*now) != Lasting(next);
}

}  // namespace tideway::hub
