#include "core/hub/remote/tree_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/file.h"

namespace tideway::hub {
namespace {

constexpr int kTreeVersion = 1;

}  // namespace

std::optional<std::vector<RemoteFile>> ReadTreeFile(const std::string& folder,
                                                    const std::string& commit) {
  const auto text = ReadFile(folder + "/trees/" + commit + ".json");
  if (!text.ok()) return std::nullopt;
  const auto tree = nlohmann::json::parse(*text, nullptr, false);
  const bool known = tree.is_object() && tree.contains("format_version") &&
                     tree["format_version"] == kTreeVersion && tree.contains("files") &&
                     tree["files"].is_object();
  if (!known) return std::nullopt;
  std::vector<RemoteFile> files;
  for (const auto& [path, told] : tree["files"].items()) {
    if (!told.is_object()) return std::nullopt;
    const auto word = [&told = told](const char* key) {
      return told.contains(key) && told[key].is_string() ? told[key].get<std::string>() : "";
    };
    const bool sized = told.contains("size") && told["size"].is_number_integer();
    if (!sized) return std::nullopt;
    files.push_back({.path = path,
                     .size = told["size"].get<int64_t>(),
                     .blob_id = word("blob_id"),
                     .sha256 = word("lfs_sha256"),
                     .xet_hash = word("xet_hash")});
    if (!IsContentHash(HashOf(files.back()))) return std::nullopt;
  }
  std::ranges::sort(files, {}, &RemoteFile::path);
  return files;
}

Status WriteTreeFile(const std::string& folder, const std::string& commit,
                     const std::vector<RemoteFile>& files) {
  // By hand: an ordered_json looks through all of its keys for each new one.
  std::string told;
  for (const RemoteFile& file : files) {
    nlohmann::ordered_json entry{{"size", file.size}, {"blob_id", file.blob_id}};
    if (!file.sha256.empty()) {
      entry["lfs_sha256"] = file.sha256;
      entry["lfs_size"] = file.size;
    }
    if (!file.xet_hash.empty()) entry["xet_hash"] = file.xet_hash;
    if (!told.empty()) told += ',';
    told += nlohmann::json(file.path).dump() + ":" + entry.dump();
  }
  RETURN_NOT_OK(MakeFolders(folder + "/trees"));
  return WriteFileAtomic(
      folder + "/trees/" + commit + ".json",
      fmt::format(R"({{"format_version":{},"files":{{{}}}}})", kTreeVersion, told));
}

}  // namespace tideway::hub
