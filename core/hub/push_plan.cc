#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/features.h"
#include "core/hub/card.h"
#include "core/hub/metadata.h"
#include "core/hub/push_plan_internal.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDataFolder = "data/";
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

// Whether `path` is data/<split>-<5 digits>-of-<5 digits>.parquet, for any split.
bool IsShard(std::string_view path) {
  if (!path.starts_with(kDataFolder)) return false;
  path.remove_prefix(kDataFolder.size());
  const size_t dash = path.find('-');
  if (dash == path.npos || !CheckSplitName(std::string(path.substr(0, dash))).ok()) return false;
  path.remove_prefix(dash + 1);
  if (!TakeNumber(&path) || !path.starts_with("-of-")) return false;
  path.remove_prefix(4);
  return TakeNumber(&path) && path == ".parquet";
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

Json CardConfig(const std::vector<WrittenSplit>& splits) {
  Json files = Json::array();
  for (const WrittenSplit& split : splits) {
    files.push_back({{"split", split.name}, {"path", fmt::format("data/{}-*", split.name)}});
  }
  return {{"data_files", std::move(files)}};
}

Result<bool> IsSame(const FileInfo& now, const dataset::ParquetFile& file,
                    const std::string& source) {
  if (now.git_blob.empty() || now.size != file.size) return now.sha256 == file.sha256;
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadFile(source));
  return now.git_blob == GitBlobHex(bytes);
}

// Adds the operations that concern data files.
Status PlanData(const Snapshot& snapshot, const std::vector<WrittenSplit>& splits,
                const std::string& folder, std::vector<CommitOperation>* operations) {
  std::vector<FileInfo> wanted;
  for (const WrittenSplit& split : splits) {
    for (const dataset::ParquetFile& file : split.files) {
      wanted.push_back({std::string(kDataFolder) + file.name, file.size, file.sha256});
      const std::string source = folder + "/" + file.name;
      if (const FileInfo* now = Find(snapshot.files, wanted.back().path)) {
        ARROW_ASSIGN_OR_RAISE(const bool same, IsSame(*now, file, source));
        if (same) continue;
      }
      operations->push_back(CommitOperation::AddFile(wanted.back().path, source, file.sha256));
    }
  }
  for (const FileInfo& file : snapshot.files) {
    if (!IsShard(file.path) || Find(wanted, file.path) != nullptr) continue;
    operations->push_back(CommitOperation::Remove(file.path));
  }
  return Status::OK();
}

}  // namespace

Result<Snapshot> TakeSnapshot(Repository& repository) {
  Snapshot snapshot;
  ARROW_ASSIGN_OR_RAISE(snapshot.head, repository.Head());
  ARROW_ASSIGN_OR_RAISE(snapshot.files, repository.ListFiles());
  if (Find(snapshot.files, kCardPath) != nullptr) {
    ARROW_ASSIGN_OR_RAISE(snapshot.card, repository.ReadFile(kCardPath));
  }
  if (Find(snapshot.files, kMetadataPath) != nullptr) {
    ARROW_ASSIGN_OR_RAISE(snapshot.metadata, repository.ReadFile(kMetadataPath));
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

Status CheckForeignFiles(const Snapshot& snapshot, const std::vector<std::string>& splits) {
  for (const std::string& split : splits) {
    const std::string prefix = fmt::format("{}{}-", kDataFolder, split);
    for (const FileInfo& file : snapshot.files) {
      const bool matches =
          file.path.starts_with(prefix) && file.path.find('/', prefix.size()) == std::string::npos;
      if (!matches || IsShard(file.path)) continue;
      return Error(ErrorKind::kConflict,
                   fmt::format("hub: a file is in the way: {}: readers would take it for a part of "
                               "split {}",
                               file.path, split))
          .Hint("move it elsewhere, or push to another folder");
    }
  }
  return Status::OK();
}

Result<std::vector<CommitOperation>> PlanOperations(const Snapshot& snapshot,
                                                    const std::vector<WrittenSplit>& splits,
                                                    const std::string& folder,
                                                    const std::string& metadata) {
  std::vector<CommitOperation> operations;
  RETURN_NOT_OK(PlanData(snapshot, splits, folder, &operations));
  ARROW_ASSIGN_OR_RAISE(const Json info, CardInfo(splits));
  ARROW_ASSIGN_OR_RAISE(std::string card, MergeCard(snapshot.card, info, CardConfig(splits)));
  if (card != snapshot.card) {
    operations.push_back(CommitOperation::AddText(kCardPath, std::move(card)));
  }
  if (!operations.empty() || MetadataDiffers(snapshot.metadata, metadata)) {
    operations.push_back(CommitOperation::AddText(kMetadataPath, metadata));
  }
  return operations;
}

}  // namespace tideway::hub
