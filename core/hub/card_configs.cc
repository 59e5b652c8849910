#include "core/hub/card_configs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "core/hub/card.h"
#include "core/hub/front_matter.h"
#include "core/hub/yaml_read.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kConfigs = "configs";
constexpr const char* kConfigKey = "config_name";
constexpr const char* kDataFiles = "data_files";
constexpr const char* kDataDir = "data_dir";
constexpr const char* kDefault = "default";
constexpr std::string_view kNotInNames = "<>:/\\|?*";

Error Wrong(std::string_view what) {
  return Error(ErrorKind::kData, fmt::format("hub: the card: {}", what))
      .Hint("mend the key `configs` of README.md in the repository");
}

// As Python takes it in a condition.
bool IsTrue(const Json& value) {
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_boolean()) return value.get<bool>();
  return !value.empty() && !(value.is_string() && value.get_ref<const std::string&>().empty());
}

const Json& FieldOf(const Json& map, const char* key) {
  static const Json none;
  const auto found = map.find(key);
  return found == map.end() ? none : *found;
}

Result<std::string> PatternOf(const Json& value, const std::string& config) {
  if (!value.is_string()) {
    return Wrong(fmt::format("configuration {}: a pattern of data_files is no text: {}", config,
                             value.dump()));
  }
  const auto& pattern = value.get_ref<const std::string&>();
  const size_t colon = pattern.find(':');
  const bool scheme = colon != pattern.npos && colon > 0 && std::isalpha(pattern[0]) != 0 &&
                      pattern.find_first_of("/*?[ ") > colon;
  if (!scheme && !pattern.starts_with('/') && pattern.find("::") == pattern.npos) return pattern;
  return Wrong(
      fmt::format("configuration {}: data_files outside of the repository: {}", config, pattern));
}

Result<std::vector<std::string>> PatternsOf(const Json& value, const std::string& config) {
  std::vector<std::string> patterns;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    ARROW_ASSIGN_OR_RAISE(patterns.emplace_back(), PatternOf(one, config));
  }
  return patterns;
}

// One entry { split, path } of data_files.
Result<SplitPatterns> ReadSplit(const Json& item, const std::string& config) {
  const Json& split = FieldOf(item, "split");
  const Json& path = FieldOf(item, "path");
  if (!item.is_object() || item.size() != 2 || !split.is_string() ||
      !(path.is_string() || path.is_array())) {
    return Wrong(
        fmt::format("configuration {}: an entry of data_files is not of `split` and "
                    "`path`: {}",
                    config, item.dump()));
  }
  const auto& name = split.get_ref<const std::string&>();
  if (!IsSplitName(name)) {
    return Wrong(fmt::format("configuration {}: not a split name: {}", config, name));
  }
  ARROW_ASSIGN_OR_RAISE(auto patterns, PatternsOf(path, config));
  return SplitPatterns{name, std::move(patterns)};
}

Result<std::vector<SplitPatterns>> ReadDataFiles(const Json& value, const std::string& config) {
  const bool splits = value.is_array() && std::ranges::any_of(value, &Json::is_object);
  if (!splits) {
    if (!value.is_string() && !value.is_array()) {
      return Wrong(fmt::format("configuration {}: data_files is neither a text nor a list: {}",
                               config, value.dump()));
    }
    ARROW_ASSIGN_OR_RAISE(auto patterns, PatternsOf(value, config));
    return std::vector<SplitPatterns>{{"train", std::move(patterns)}};
  }
  std::vector<SplitPatterns> out;
  for (const Json& item : value) {
    ARROW_ASSIGN_OR_RAISE(SplitPatterns split, ReadSplit(item, config));
    if (std::ranges::count(out, split.split, &SplitPatterns::split) > 0) {
      return Wrong(
          fmt::format("configuration {}: the split {} is there twice", config, split.split));
    }
    out.push_back(std::move(split));
  }
  return out;
}

Result<std::string> NameOf(const Json& entry) {
  const Json& name = FieldOf(entry, kConfigKey);
  if (!entry.is_object() || !entry.contains(kConfigKey)) {
    return Wrong(fmt::format("an entry of `configs` has no config_name: {}", entry.dump()));
  }
  if (!name.is_string()) return Wrong(fmt::format("config_name is no text: {}", name.dump()));
  const auto& text = name.get_ref<const std::string&>();
  if (text.empty() || text.find_first_of(kNotInNames) != text.npos) {
    return Wrong(fmt::format("not the name of a configuration: `{}`", text));
  }
  return text;
}

Result<CardConfig> ReadConfig(const Json& entry) {
  CardConfig config;
  ARROW_ASSIGN_OR_RAISE(config.name, NameOf(entry));
  const Json& folder = FieldOf(entry, kDataDir);
  if (IsTrue(folder)) {
    if (!folder.is_string() || folder.get_ref<const std::string&>().starts_with('/')) {
      return Wrong(fmt::format("configuration {}: data_dir is no folder of the repository: {}",
                               config.name, folder.dump()));
    }
    config.folder = folder.get<std::string>();
  }
  if (const Json& files = FieldOf(entry, kDataFiles); !files.is_null()) {
    ARROW_ASSIGN_OR_RAISE(config.splits, ReadDataFiles(files, config.name));
  }
  config.is_default = IsTrue(FieldOf(entry, kDefault));
  config.parameters = entry;
  for (const char* key : {kConfigKey, kDataFiles, kDataDir, kDefault}) config.parameters.erase(key);
  return config;
}

// Marks the one that is taken when none is named.
Status FindDefault(std::vector<CardConfig>& configs) {
  const CardConfig* found = nullptr;
  for (CardConfig& config : configs) {
    config.is_default = configs.size() == 1 || config.name == kConfigName || config.is_default;
    if (!config.is_default) continue;
    if (found != nullptr) {
      return Wrong(
          fmt::format("several default configurations: {} and {}", found->name, config.name));
    }
    found = &config;
  }
  return Status::OK();
}

// The names by number: {'0': a, '1': b}, or a list.
std::vector<std::string> LabelNames(const Json& names) {
  std::vector<std::string> list(names.size());
  size_t index = 0;
  for (const auto& [key, name] : names.items()) {
    const size_t at = names.is_array() ? index++ : std::strtoul(key.c_str(), nullptr, 10);
    if (!name.is_string() || at >= list.size() || !list[at].empty()) return {};
    list[at] = name.get<std::string>();
  }
  return list;
}

}  // namespace

bool IsSplitName(std::string_view name) {
  bool word = false;
  for (const char c : name) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
                        static_cast<unsigned char>(c) >= 0x80;
    if (!letter && !(c == '.' && word)) return false;
    word = letter;
  }
  return word;
}

Result<Json> ReadCard(std::string_view card, std::string_view extra) {
  Json all = Json::object();
  const CardText parts = SplitCard(card);
  for (const auto& [text, name] : {std::pair(parts.has_front_matter ? parts.yaml : "", "README.md"),
                                   std::pair(extra, ".huggingface.yaml")}) {
    auto read = FromYaml(text);
    if (!read.ok()) return WithContext(name, read.status());
    if (read->is_null()) continue;
    if (!read->is_object()) {
      return Error(ErrorKind::kData, fmt::format("hub: the YAML of {} is no mapping", name))
          .Hint("mend it in the repository");
    }
    all.update(*read);
  }
  return all;
}

Result<std::vector<CardConfig>> ReadConfigs(const Json& card) {
  const Json& list = FieldOf(card, kConfigs);
  std::vector<CardConfig> configs;
  if (!IsTrue(list)) return configs;
  if (!list.is_array()) return Wrong("`configs` is no list");
  // Of an entry that is not the first, an unset data_files is like none; of the first it is not.
  if (list[0].is_object() && list[0].contains(kDataFiles) && list[0][kDataFiles].is_null()) {
    return Wrong("the first entry of `configs` has data_files without a value");
  }
  for (const Json& entry : list) {
    ARROW_ASSIGN_OR_RAISE(CardConfig config, ReadConfig(entry));
    const auto same = std::ranges::find(configs, config.name, &CardConfig::name);
    if (same == configs.end()) {
      configs.push_back(std::move(config));
    } else {
      *same = std::move(config);
    }
  }
  RETURN_NOT_OK(FindDefault(configs));
  return configs;
}

std::map<std::string, std::vector<std::string>> LabelsInCard(const Json& card,
                                                             std::string_view config) {
  std::map<std::string, std::vector<std::string>> labels;
  const Json& infos = FieldOf(card, "dataset_info");
  for (const Json& info : infos.is_array() ? infos : Json::array({infos})) {
    if (!info.is_object() || info.value(kConfigKey, Json(kConfigName)) != Json(config)) continue;
    for (const Json& feature : FieldOf(info, "features")) {
      if (!feature.is_object() || !FieldOf(feature, "name").is_string()) continue;
      const Json& type = FieldOf(feature, "dtype");
      const Json& names =
          type.is_object() ? FieldOf(FieldOf(type, "class_label"), "names") : Json();
      auto list = names.is_structured() ? LabelNames(names) : std::vector<std::string>();
      if (!list.empty()) labels[feature["name"].get<std::string>()] = std::move(list);
    }
  }
  return labels;
}

}  // namespace tideway::hub
