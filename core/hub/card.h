// The dataset card: README.md with the facts that `load_dataset` reads in its YAML front matter.
//
//   Json info = {{"features", YamlFeatures(features)}, {"splits", ...}, ...};
//   ARROW_ASSIGN_OR_RAISE(std::string card, MergeCard(old_card, info, {{"data_files", ...}}));
//
// A card belongs to its author. Only the entries of our configuration in the keys `dataset_info`
// and `configs` are replaced, where they stand; other configurations, other keys, comments outside
// those two blocks and the body stay byte for byte, but for a `default: true` that moves to ours.
// Keys that are not there are added at the end of the front matter, which is made when there is
// none. Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::hub {

// The configuration that is meant where none is named.
inline constexpr std::string_view kConfigName = "default";

struct MergeOptions {
  std::string name = std::string(kConfigName);  // of our configuration
  // That it is read where none is named, from now on. One that the card says so of stays so.
  bool make_default = false;
  // The entry that `default` has had without words, by its files' names; null: it has none. Written
  // where the card has no configs yet and `name` is another.
  nlohmann::ordered_json unnamed = {};
};

// `card` (may be empty) with `info` (features, splits, sizes) as the dataset_info of our
// configuration, and `config` (data_files) as its entry in configs. A card whose front matter
// cannot be split with certainty is an error of kind data that names the line and the remedy; two
// configurations that would be the default are one of kind conflict.
Result<std::string> MergeCard(std::string_view card, const nlohmann::ordered_json& info,
                              const nlohmann::ordered_json& config,
                              const MergeOptions& options = {});

// The features of the `huggingface` key (see dataset::FeaturesOf) in the shape that cards use: a
// list with the name first in each.
nlohmann::ordered_json YamlFeatures(const nlohmann::ordered_json& features);

}  // namespace tideway::hub
