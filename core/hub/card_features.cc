#include <array>
#include <nlohmann/json.hpp>

#include "core/hub/card.h"

// What Features._to_yaml_list of Python's `datasets` does.

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

// "ClassLabel" -> "class_label", "Array2D" -> "array2_d".
std::string SnakeCase(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool word_ends = i > 0 && is_upper(name[i]) &&
                           (!is_upper(name[i - 1]) ||
                            (i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z'));
    if (word_ends) out += '_';
    out += is_upper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return out;
}

// A list of a plain type, or of a struct, is written without the `dtype:` or `struct:` between.
Json Shortened(const Json& feature) {
  for (const char* only : {"dtype", "struct"}) {
    if (feature.size() == 1 && feature.contains(only)) return feature[only];
  }
  return feature;
}

Json NumberedNames(const Json& names) {
  Json out = Json::object();
  for (size_t i = 0; i < names.size(); ++i) out[std::to_string(i)] = names[i];
  return out;
}

Json YamlFeature(const Json& feature);

Json ListFeature(const char* key, const Json& feature) {
  Json out = {{key, Shortened(YamlFeature(feature.at("feature")))}};
  for (const auto& [name, value] : feature.items()) {
    if (name != "feature" && name != "_type") out[name] = value;
  }
  return out;
}

// A feature that is neither a value, a list nor a struct: `dtype: image`, or `dtype:` with the
// type's options below its name.
Json TypedFeature(const std::string& type, const Json& feature) {
  Json options = feature;
  options.erase("_type");
  const std::string name = SnakeCase(type);
  if (options.empty()) return {{"dtype", name}};
  if (type == "ClassLabel" && options.contains("names")) {
    options["names"] = NumberedNames(options["names"]);
  }
  return {{"dtype", {{name, std::move(options)}}}};
}

Json YamlFeature(const Json& feature) {
  if (feature.is_array()) return {{"list", Shortened(YamlFeature(feature.at(0)))}};
  const bool typed = feature.contains("_type") && feature["_type"].is_string();
  if (!typed) return {{"struct", YamlFeatures(feature)}};
  const auto type = feature["_type"].get<std::string>();
  if (type == "List") return ListFeature("list", feature);
  if (type == "LargeList") return ListFeature("large_list", feature);
  if (type != "Value") return TypedFeature(type, feature);
  Json out = feature;
  out.erase("_type");
  return out;
}

}  // namespace

Json YamlFeatures(const Json& features) {
  Json out = Json::array();
  for (const auto& [name, feature] : features.items()) {
    Json entry = {{"name", name}};
    entry.update(YamlFeature(feature));
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace tideway::hub
