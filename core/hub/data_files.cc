#include "core/hub/data_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "core/hub/card.h"
#include "core/hub/path_glob.h"

namespace tideway::hub {
namespace {

constexpr const char* kShardPattern =
    "data/{}-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*";
constexpr std::array<std::string_view, 6> kIgnored = {"README.md",         "config.json",
                                                      "dataset_info.json", "dataset_infos.json",
                                                      "dummy_data.zip",    "dataset_dict.json"};

struct Words {
  const char* split;
  std::vector<std::string_view> words;
};
const std::array<Words, 3> kWords = {{{"train", {"train", "training"}},
                                      {"validation", {"validation", "valid", "dev", "val"}},
                                      {"test", {"test", "testing", "eval", "evaluation"}}}};

// The names of the folders of `path`, and of itself when `name` is set; `.` is none.
std::vector<std::string_view> PartsOf(std::string_view path, bool name) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (!part.empty() && part != ".") parts.push_back(part);
    begin = end + 1;
  }
  if (!name && !parts.empty()) parts.pop_back();
  return parts;
}

auto SpecialFolders(std::string_view path) {
  return std::ranges::count_if(PartsOf(path, false),
                               [](std::string_view part) { return part.starts_with("__"); });
}

auto HiddenParts(std::string_view path) {
  return std::ranges::count_if(PartsOf(path, true), [](std::string_view part) {
    return part.starts_with('.') && part.find_first_not_of('.') != part.npos;
  });
}

// Whether a file that `pattern` matches is one that it does not ask for by name.
bool IsLeftOut(const std::string& path, const std::string& pattern) {
  const std::string_view name = BaseName(path);
  const bool ignored = name != BaseName(pattern) && std::ranges::count(kIgnored, name) > 0;
  return ignored || SpecialFolders(path) != SpecialFolders(pattern) ||
         HiddenParts(path) != HiddenParts(pattern);
}

std::string Join(const std::string& folder, const std::string& pattern) {
  return folder.empty() || folder.ends_with('/') ? folder + pattern : folder + "/" + pattern;
}

std::vector<std::string> PatternsOf(const std::vector<std::string_view>& words,
                                    std::initializer_list<const char*> shapes) {
  constexpr std::string_view kBetween = "[-._ 0-9]";
  std::vector<std::string> patterns;
  for (const std::string_view word : words) {
    for (const char* shape : shapes) {
      patterns.push_back(
          fmt::format(fmt::runtime(shape), fmt::arg("w", word), fmt::arg("s", kBetween)));
    }
  }
  return patterns;
}

// In the order in which they are tried; the first of which any finds a file is taken.
std::vector<std::vector<SplitPatterns>> PatternsToTry() {
  std::vector<SplitPatterns> folders, files;
  for (const Words& split : kWords) {
    folders.push_back(
        {split.split, PatternsOf(split.words, {"**/{w}/**", "**/{w}{s}*/**", "**/*{s}{w}/**",
                                               "**/*{s}{w}{s}*/**"})});
    files.push_back({split.split, PatternsOf(split.words, {"**/{w}{s}*", "**/*{s}{w}{s}*"})});
  }
  return {{{"logs", {"**/*.eval"}}},
          {{"test", {"**/task.toml", "**/instruction.md"}}},
          std::move(folders),
          std::move(files),
          {{"train", {"**"}}}};
}

bool StartsWithNumber(std::string_view text) {
  return text.size() >= 5 && text.find_first_not_of("0123456789") >= 5;
}

// What stands in the name of a file before the last `-00000-of-00001`.
std::string SplitOfShard(std::string_view path) {
  constexpr std::string_view kOf = "-of-";
  const std::string_view name = BaseName(path);
  for (size_t at = name.rfind(kOf); at != name.npos && at > 6; at = name.rfind(kOf, at - 1)) {
    const bool numbers = StartsWithNumber(name.substr(at + kOf.size())) && name[at - 6] == '-' &&
                         StartsWithNumber(name.substr(at - 5, 5));
    if (numbers) return std::string(name.substr(0, at - 6));
  }
  return "";
}

Error NoData(const std::string& folder) {
  return Error(ErrorKind::kData, folder.empty()
                                     ? "hub: no data files in the repository"
                                     : fmt::format("hub: no data files in the folder {}", folder))
      .Hint("see what there is with `tideway hub ls`");
}

}  // namespace

Result<std::vector<std::string>> DataFiles::FilesAt(const std::string& folder,
                                                    const std::string& pattern) const {
  const std::string whole = Join(folder, pattern);
  ARROW_ASSIGN_OR_RAISE(const PathGlob glob, PathGlob::Parse(whole));
  std::vector<std::string> files;
  for (const std::string& path : paths_) {
    if (glob.Matches(path) && !IsLeftOut(path, whole)) files.push_back(path);
  }
  return files;
}

Result<std::vector<SplitPatterns>> DataFiles::PatternsByShards(const std::string& folder) const {
  ARROW_ASSIGN_OR_RAISE(const auto files,
                        FilesAt(folder, fmt::format(fmt::runtime(kShardPattern), "*")));
  std::set<std::string> names;
  for (const std::string& file : files) {
    const std::string name = SplitOfShard(file);
    if (!IsSplitName(name)) {
      return Error(ErrorKind::kData, fmt::format("hub: not a split name: {}: of {}", name, file))
          .Hint("name the files of each split in the key `configs` of README.md");
    }
    names.insert(name);
  }
  std::vector<SplitPatterns> splits;
  const auto add = [&splits](const std::string& name) {
    splits.push_back({name, {fmt::format(fmt::runtime(kShardPattern), name)}});
  };
  for (const Words& known : kWords) {
    if (names.erase(known.split) > 0) add(known.split);
  }
  std::ranges::for_each(names, add);
  return splits;
}

Result<std::vector<SplitPatterns>> DataFiles::PatternsByName(const std::string& folder) const {
  ARROW_ASSIGN_OR_RAISE(auto shards, PatternsByShards(folder));
  if (!shards.empty()) return shards;
  for (const auto& splits : PatternsToTry()) {
    std::vector<SplitPatterns> found;
    for (const SplitPatterns& split : splits) {
      bool any = false;
      for (const std::string& pattern : split.patterns) {
        ARROW_ASSIGN_OR_RAISE(const auto files, FilesAt(folder, pattern));
        any = any || !files.empty();
      }
      if (any) found.push_back(split);
    }
    if (!found.empty()) return found;
  }
  return NoData(folder);
}

Result<std::vector<DataSplit>> DataFiles::Resolve(const std::vector<SplitPatterns>& splits,
                                                  const std::string& folder) const {
  std::vector<DataSplit> out;
  for (const SplitPatterns& split : splits) {
    out.push_back({split.split, {}});
    for (const std::string& pattern : split.patterns) {
      ARROW_ASSIGN_OR_RAISE(auto files, FilesAt(folder, pattern));
      std::erase_if(files, [](const std::string& file) { return !IsDataFile(file); });
      if (files.empty() && !HasMagic(pattern)) {
        return Error(ErrorKind::kData, fmt::format("hub: split {}: no data file {}", split.split,
                                                   Join(folder, pattern)))
            .Hint("mend the key `configs` of README.md, or push the file");
      }
      out.back().files.insert(out.back().files.end(), files.begin(), files.end());
    }
  }
  return out;
}

Status DataFiles::CheckFormat(const std::vector<DataSplit>& splits) {
  std::optional<DataFormat> first;
  for (const DataSplit& split : splits) {
    const auto format = InferFormat(split.files);
    if (!format) {
      return Error(ErrorKind::kData, fmt::format("hub: split {} has no data files", split.name))
          .Hint("mend its patterns in the key `configs` of README.md");
    }
    if (first && !(*first == *format)) {
      return Error(ErrorKind::kData,
                   fmt::format("hub: the splits {} and {} are of different formats: {} and {}",
                               splits[0].name, split.name, first->extension, format->extension))
          .Hint("name the files of one format in the key `configs` of README.md");
    }
    if (!first) first = format;
  }
  if (first) format_ = *first;
  return Status::OK();
}

Result<DataFiles> DataFiles::Read(DataSource source) {
  DataFiles data;
  data.paths_ = std::move(source.paths);
  std::ranges::sort(data.paths_);
  ARROW_ASSIGN_OR_RAISE(data.card_, ReadCard(source.card, source.extra));
  ARROW_ASSIGN_OR_RAISE(data.configs_, ReadConfigs(data.card_));
  data.by_names_ = data.configs_.empty();
  if (data.by_names_) {
    data.configs_.push_back({.name = std::string(kConfigName), .is_default = true});
  }
  // The first tells the format of all, by all of the repository where it names no files.
  std::vector<SplitPatterns> first;
  if (data.configs_[0].splits) {
    first = *data.configs_[0].splits;
  } else {
    ARROW_ASSIGN_OR_RAISE(first, data.PatternsByName(""));
  }
  ARROW_ASSIGN_OR_RAISE(const auto splits, data.Resolve(first, ""));
  RETURN_NOT_OK(data.CheckFormat(splits));
  for (CardConfig& config : data.configs_) {
    if (config.splits) continue;
    ARROW_ASSIGN_OR_RAISE(config.splits, data.PatternsByName(config.folder));
  }
  return data;
}

Result<std::vector<DataSplit>> DataFiles::Splits(const CardConfig& config) const {
  ARROW_ASSIGN_OR_RAISE(auto splits, Resolve(*config.splits, config.folder));
  if (!by_names_) return splits;
  for (DataSplit& split : splits) split.files = FilesOf(format_, std::move(split.files));
  return splits;
}

}  // namespace tideway::hub
