#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/features.h"
#include "core/hub/card.h"
#include "core/hub/card_configs.h"
#include "core/hub/metadata.h"
#include "core/hub/path_glob.h"
#include "core/hub/push_plan_internal.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDataFolder = "data";
constexpr const char* kMetadataName = "dataset_metadata.json";
// Leaves room in a file name (255 bytes) for what is added to the split's.
constexpr size_t kMaxSplitName = 100;

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

int RankOf(const std::string& split) {
  constexpr std::array<std::string_view, 4> kValidation = {"validation", "valid", "val", "eval"};
  if (split == "train") return 0;
  if (std::find(kValidation.begin(), kValidation.end(), split) != kValidation.end()) return 1;
  return split == "test" ? 2 : 3;
}

bool TakeNumber(std::string_view* text) {
  const size_t end = std::min(text->find_first_not_of("0123456789"), text->size());
  text->remove_prefix(end);
  return end >= 5;
}

// The split of `path` when it is <folder><split>-<5 digits>-of-<5 digits>.parquet; else empty.
std::string SplitOf(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return "";
  path.remove_prefix(folder.size());
  const size_t dash = path.find('-');
  std::string split(path.substr(0, dash));
  if (dash == path.npos || !CheckSplitName(split).ok()) return "";
  path.remove_prefix(dash + 1);
  if (!TakeNumber(&path) || !path.starts_with("-of-")) return "";
  path.remove_prefix(4);
  return TakeNumber(&path) && path == ".parquet" ? split : "";
}

std::string MetadataPath(const std::string& config) {
  return config == kConfigName ? kMetadataName : FolderOf(config) + kMetadataName;
}

const FileInfo* Find(const std::vector<FileInfo>& files, const std::string& path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const FileInfo& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

int64_t Sum(const std::vector<dataset::ParquetFile>& files,
            int64_t dataset::ParquetFile::* member) {
  int64_t sum = 0;
  for (const auto& file : files) sum += file.*member;
  return sum;
}

Result<Json> CardInfo(const std::vector<WrittenSplit>& splits) {
  ARROW_ASSIGN_OR_RAISE(const Json features, dataset::FeaturesOf(*splits.front().schema));
  Json list = Json::array();
  int64_t download_size = 0;
  int64_t dataset_size = 0;
  for (const WrittenSplit& split : splits) {
    const int64_t bytes = Sum(split.files, &dataset::ParquetFile::bytes);
    const int64_t rows = Sum(split.files, &dataset::ParquetFile::rows);
    list.push_back({{"name", split.name}, {"num_bytes", bytes}, {"num_examples", rows}});
    download_size += Sum(split.files, &dataset::ParquetFile::size);
    dataset_size += bytes;
  }
  return Json{{"features", YamlFeatures(features)},
              {"splits", std::move(list)},
              {"download_size", download_size},
              {"dataset_size", dataset_size}};
}

Json FilesEntry(const std::vector<std::string>& splits, const std::string& config) {
  Json files = Json::array();
  for (const std::string& split : splits) {
    files.push_back({{"split", split}, {"path", fmt::format("{}{}-*", FolderOf(config), split)}});
  }
  return {{"data_files", std::move(files)}};
}

// What readers take for the configuration `default` of a card without any: the shards that a push
// left in data/. Null when there are none.
Json UnnamedEntry(const Snapshot& snapshot) {
  std::vector<std::string> splits;
  for (const FileInfo& file : snapshot.files) {
    std::string split = SplitOf(file.path, FolderOf(std::string(kConfigName)));
    if (!split.empty() && std::ranges::count(splits, split) == 0) splits.push_back(split);
  }
  std::ranges::sort(splits, SplitBefore);
  return splits.empty() ? Json() : FilesEntry(splits, std::string(kConfigName));
}

// The patterns of what other configurations of the card read.
std::vector<PathGlob> PatternsOfOthers(const Snapshot& snapshot, const std::string& config) {
  std::vector<PathGlob> patterns;
  const auto card = ReadCard(snapshot.card, "");
  if (!card.ok()) return patterns;
  const auto configs = ReadConfigs(*card);
  if (!configs.ok()) return patterns;
  for (const auto& other : *configs) {
    if (other.name == config || !other.splits) continue;
    for (const SplitPatterns& split : *other.splits) {
      for (const std::string& pattern : split.patterns) {
        const bool whole = other.folder.empty() || other.folder.ends_with('/');
        auto glob = PathGlob::Parse(other.folder + (whole ? "" : "/") + pattern);
        if (glob.ok()) patterns.push_back(std::move(*glob));
      }
    }
  }
  return patterns;
}

Result<bool> IsSame(const FileInfo& now, const dataset::ParquetFile& file,
                    const std::string& source) {
  const bool known = now.git_blob.empty() || now.size != file.size || file.taken;
  if (known) return now.sha256 == file.sha256;
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadFile(source));
  return now.git_blob == GitBlobHex(bytes);
}

// Adds the operations that concern data files.
Status PlanData(const Snapshot& snapshot, const std::string& config,
                const std::vector<WrittenSplit>& splits, const std::string& folder,
                std::vector<CommitOperation>* operations) {
  std::vector<FileInfo> wanted;
  for (const WrittenSplit& split : splits) {
    for (const dataset::ParquetFile& file : split.files) {
      wanted.push_back({FolderOf(config) + file.name, file.size, file.sha256});
      const std::string source = folder + "/" + file.name;
      if (const FileInfo* now = Find(snapshot.files, wanted.back().path)) {
        ARROW_ASSIGN_OR_RAISE(const bool same, IsSame(*now, file, source));
        if (same) continue;
      }
      const std::string& path = wanted.back().path;
      operations->push_back(file.taken ? CommitOperation::AddSent(path, file.sha256, file.size)
                                       : CommitOperation::AddFile(path, source, file.sha256));
    }
  }
  const auto others = PatternsOfOthers(snapshot, config);
  for (const FileInfo& file : snapshot.files) {
    const bool ours = !SplitOf(file.path, FolderOf(config)).empty();
    if (!ours || Find(wanted, file.path) != nullptr) continue;
    const auto matches = [&file](const PathGlob& glob) { return glob.Matches(file.path); };
    if (std::ranges::any_of(others, matches)) continue;
    operations->push_back(CommitOperation::Remove(file.path));
  }
  return Status::OK();
}

}  // namespace

std::string FolderOf(const std::string& config) {
  return fmt::format("{}/", config == kConfigName ? kDataFolder : config);
}

Status CheckConfigName(const std::string& config) {
  const bool good = !config.empty() && config.size() <= kMaxSplitName && config != kDataFolder &&
                    config[0] != '.' && config[0] != '-' && config.find("..") == config.npos &&
                    std::ranges::all_of(
                        config, [](char c) { return IsWordCharacter(c) || c == '.' || c == '-'; });
  if (good) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("hub: not the name of a configuration: {}", config))
      .Hint(
          "use letters, digits and `._-`, beginning with a letter or a digit, at most 100; `data` "
          "is taken");
}

Result<Snapshot> TakeSnapshot(Repository& repository, const std::string& config) {
  Snapshot snapshot;
  ARROW_ASSIGN_OR_RAISE(snapshot.head, repository.Head());
  const std::string revision = repository.SeenRevision(snapshot.head);
  ARROW_ASSIGN_OR_RAISE(snapshot.files, repository.ListFiles(revision));
  if (Find(snapshot.files, kCardPath) != nullptr) {
    ARROW_ASSIGN_OR_RAISE(snapshot.card, repository.ReadFile(kCardPath, revision));
  }
  const std::string metadata = MetadataPath(config);
  if (Find(snapshot.files, metadata) != nullptr) {
    ARROW_ASSIGN_OR_RAISE(snapshot.metadata, repository.ReadFile(metadata, revision));
  }
  return snapshot;
}

bool SplitBefore(const std::string& a, const std::string& b) {
  return std::pair(RankOf(a), a) < std::pair(RankOf(b), b);
}

Status CheckSplitName(const std::string& split) {
  bool word = false;
  bool good = split.size() <= kMaxSplitName;
  for (const char c : split) {
    good = good && (IsWordCharacter(c) || (c == '.' && word));
    word = c != '.';
  }
  if (good && word && split != "all") return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("hub: not a split name: {}", split))
      .Hint(
          "use letters, digits and `_`, in words joined by `.`, at most 100 characters; `all` is "
          "taken");
}

Status CheckForeignFiles(const Snapshot& snapshot, const std::string& config,
                         const std::vector<std::string>& splits) {
  for (const std::string& split : splits) {
    const std::string prefix = fmt::format("{}{}-", FolderOf(config), split);
    for (const FileInfo& file : snapshot.files) {
      const bool matches =
          file.path.starts_with(prefix) && file.path.find('/', prefix.size()) == std::string::npos;
      if (!matches || !SplitOf(file.path, FolderOf(config)).empty()) continue;
      return Error(ErrorKind::kConflict,
                   fmt::format("hub: a file is in the way: {}: readers would take it for a part of "
                               "split {}",
                               file.path, split))
          .Hint("move it elsewhere, or push to another folder");
    }
  }
  return Status::OK();
}

Result<std::string> MergedCard(const Snapshot& snapshot, const PushRequest& request,
                               const Json& info, const Json& config) {
  return MergeCard(snapshot.card, info, config,
                   {.name = request.config,
                    .make_default = request.set_default,
                    .unnamed = UnnamedEntry(snapshot)});
}

Result<std::vector<CommitOperation>> PlanOperations(const Snapshot& snapshot,
                                                    const PushRequest& request,
                                                    const std::vector<WrittenSplit>& splits,
                                                    const std::string& folder,
                                                    const std::string& metadata) {
  std::vector<CommitOperation> operations;
  RETURN_NOT_OK(PlanData(snapshot, request.config, splits, folder, &operations));
  ARROW_ASSIGN_OR_RAISE(const Json info, CardInfo(splits));
  std::vector<std::string> names;
  for (const WrittenSplit& split : splits) names.push_back(split.name);
  ARROW_ASSIGN_OR_RAISE(std::string card,
                        MergedCard(snapshot, request, info, FilesEntry(names, request.config)));
  if (card != snapshot.card) {
    operations.push_back(CommitOperation::AddText(kCardPath, std::move(card)));
  }
  if (!operations.empty() || MetadataDiffers(snapshot.metadata, metadata)) {
    operations.push_back(CommitOperation::AddText(MetadataPath(request.config), metadata));
  }
  return operations;
}

}  // namespace tideway::hub
