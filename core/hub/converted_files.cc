#include "core/hub/converted_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/log.h"

namespace tideway::hub {
namespace {

constexpr std::string_view kPartial = "partial-";

struct Place {
  std::string config;
  std::string split;
  bool partial = false;
};

// Nothing for a file that is not of the conversion.
std::optional<Place> PlaceOf(const std::string& path) {
  const size_t first = path.find('/');
  const size_t second = first == path.npos ? first : path.find('/', first + 1);
  const bool fits = second != path.npos && path.find('/', second + 1) == path.npos &&
                    path.ends_with(".parquet") && path[0] != '.';
  if (!fits) return std::nullopt;
  Place place{path.substr(0, first), path.substr(first + 1, second - first - 1)};
  place.partial = place.split.starts_with(kPartial);
  if (place.partial) place.split.erase(0, kPartial.size());
  return place;
}

template <typename T>
T& Named(std::vector<T>& list, const std::string& name) {
  const auto found = std::ranges::find(list, name, &T::name);
  return found != list.end() ? *found : list.emplace_back(T{name});
}

}  // namespace

Result<std::vector<ConfigFiles>> ConvertedConfigs(const Checkout& checkout) {
  std::vector<ConfigFiles> configs;
  for (const auto& [path, _] : checkout.files) {
    const auto place = PlaceOf(path);
    if (!place) continue;
    auto& files = Named(Named(configs, place->config).splits, place->split).files;
    if (place->partial && files.empty()) {
      LogWarn("hub: the Hub has converted only a part of {} of {}", place->split, place->config);
    }
    files.push_back(path);
  }
  if (!configs.empty()) return configs;
  return Error(ErrorKind::kData, "hub: the Hub has converted nothing to Parquet")
      .Hint("read the repository's own files");
}

}  // namespace tideway::hub
