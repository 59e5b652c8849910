// The configurations that a dataset card names: its key `configs`, checked as Python's `datasets`
// checks it.
//
// Thread safety: pure functions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::hub {

// A split, and the patterns of its files.
struct SplitPatterns {
  std::string split;
  std::vector<std::string> patterns;
};

struct CardConfig {
  std::string name;
  std::string folder = {};  // data_dir; empty: the whole repository
  // data_files; nothing: the splits are told from the files' names.
  std::optional<std::vector<SplitPatterns>> splits = {};
  bool is_default = false;
  nlohmann::ordered_json parameters = {};  // of the reader, as `sep`
};

// The front matter of `card` (a README.md; may be empty), with the keys of `extra` (a
// .huggingface.yaml; may be empty) in place of its own. Error of kind data where it is no mapping.
Result<nlohmann::ordered_json> ReadCard(std::string_view card, std::string_view extra);

// In their order; empty where the card names none. Errors of kind data: configs that is no list, an
// entry without a name or with data_files in another shape, a split twice, several defaults.
Result<std::vector<CardConfig>> ReadConfigs(const nlohmann::ordered_json& card);

// The names of class labels by column, where the card's dataset_info tells them for `config`.
std::map<std::string, std::vector<std::string>> LabelsInCard(const nlohmann::ordered_json& card,
                                                             std::string_view config);

// Whether it is words of letters, digits and `_`, joined by `.`: Python's rule.
bool IsSplitName(std::string_view name);

}  // namespace tideway::hub
