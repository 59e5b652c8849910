#include "core/hub/remote/cache_scan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>

#include "core/base/file.h"
#include "core/base/work_all.h"
#include "core/hub/remote/content_hash.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

// "datasets--ns--name" as a repository.
std::optional<RepoId> RepoOf(std::string name) {
  constexpr std::array<RepoType, 3> kTypes{RepoType::kModel, RepoType::kDataset, RepoType::kSpace};
  for (const RepoType type : kTypes) {
    const std::string prefix = fmt::format("{}--", RepoId{type, ""}.plural());
    if (!name.starts_with(prefix)) continue;
    std::string id = name.substr(prefix.size());
    if (const size_t at = id.find("--"); at != id.npos) id.replace(at, 2, "/");
    const auto repo = RepoId::Make(type, id);
    return repo.ok() ? std::optional(*repo) : std::nullopt;
  }
  return std::nullopt;
}

void AddFileTo(CachedRevision& revision, const fs::path& path) {
  std::error_code problem;
  if (fs::is_symlink(path, problem)) {
    const fs::path target = fs::read_symlink(path, problem);
    if (target.parent_path().filename() == "blobs") {
      revision.blobs.insert(target.filename().string());
    }
  }
  if (!fs::is_regular_file(path, problem)) return;
  ++revision.files;
  revision.bytes += static_cast<int64_t>(fs::file_size(path, problem));
}

void AddRefs(CachedRepo& repo) {
  const std::string folder = repo.folder + "/refs";
  std::error_code problem;
  fs::recursive_directory_iterator entry(folder, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    const auto commit = ReadFile(entry->path().string());
    if (!commit.ok()) continue;
    const auto revision = std::ranges::find(repo.revisions, *commit, &CachedRevision::commit);
    if (revision == repo.revisions.end()) continue;
    revision->refs.push_back(entry->path().lexically_relative(folder).string());
  }
  for (CachedRevision& revision : repo.revisions) std::ranges::sort(revision.refs);
}

// Calls `take` with each entry of a folder. One that is not there has none; one that cannot be read
// is an error: what it holds would be taken for needless.
template <typename Iterator>
Status EachIn(const std::string& folder, const std::function<void(const fs::path&)>& take) {
  std::error_code problem;
  Iterator entry(folder, problem);
  for (; !problem && entry != Iterator(); entry.increment(problem)) take(entry->path());
  if (!problem || problem == std::errc::no_such_file_or_directory) return Status::OK();
  return ErrnoError(problem.value(), "hub: cannot read the cache", folder);
}

Result<CachedRepo> ScanRepo(RepoId id, const std::string& root) {
  CachedRepo repo{.repo = std::move(id), .folder = "", .locks = ""};
  repo.folder = root + "/" + repo.repo.cache_name();
  repo.locks = root + "/.locks/" + repo.repo.cache_name();
  RETURN_NOT_OK(EachIn<fs::directory_iterator>(repo.folder + "/blobs", [&](const fs::path& blob) {
    std::error_code unsized;
    const auto size = fs::is_symlink(blob, unsized) ? 0 : fs::file_size(blob, unsized);
    if (!unsized) repo.bytes += static_cast<int64_t>(size);
  }));
  const std::string snapshots = repo.folder + "/snapshots";
  RETURN_NOT_OK(EachIn<fs::directory_iterator>(snapshots, [&](const fs::path& folder) {
    repo.revisions.push_back({.commit = folder.filename().string()});
  }));
  for (CachedRevision& revision : repo.revisions) {
    RETURN_NOT_OK(EachIn<fs::recursive_directory_iterator>(
        snapshots + "/" + revision.commit,
        [&](const fs::path& path) { AddFileTo(revision, path); }));
  }
  std::ranges::sort(repo.revisions, {}, &CachedRevision::commit);
  AddRefs(repo);
  return repo;
}

}  // namespace

Result<std::vector<CachedRepo>> ScanCache(const std::string& root) {
  std::vector<CachedRepo> repos;
  if (!FileExists(root)) return repos;
  std::error_code problem;
  std::vector<fs::path> folders;
  RETURN_NOT_OK(
      EachIn<fs::directory_iterator>(root, [&](const fs::path& path) { folders.push_back(path); }));
  for (const fs::path& folder : folders) {
    auto id = RepoOf(folder.filename().string());
    if (!id || !fs::is_directory(folder, problem)) continue;
    ARROW_ASSIGN_OR_RAISE(repos.emplace_back(), ScanRepo(std::move(*id), root));
  }
  std::ranges::sort(repos, {}, &CachedRepo::folder);
  return repos;
}

Result<CacheCheck> CheckCache(const std::vector<CachedRepo>& repos, bool remove,
                              const CancelToken& cancel, Transfer& transfer) {
  constexpr size_t kAtOnce = 4;
  CacheCheck check;
  std::vector<CachedItem> blobs;
  for (const CachedRepo& repo : repos) {
    std::error_code problem;
    for (const auto& blob : fs::directory_iterator(repo.folder + "/blobs", problem)) {
      std::error_code unsized;
      const auto size = fs::file_size(blob.path(), unsized);
      if (unsized || !IsContentHash(blob.path().filename().string())) continue;
      blobs.push_back({blob.path().string(), static_cast<int64_t>(size)});
      check.bytes += blobs.back().bytes;
    }
  }
  check.blobs = static_cast<int64_t>(blobs.size());
  std::ranges::sort(blobs, {}, &CachedItem::path);
  transfer.Begin("verify", check.blobs, check.bytes);
  CancelToken stop;
  RETURN_NOT_OK(WorkAll(blobs.size(), kAtOnce, stop, [&](size_t i) -> Status {
    const std::string name = fs::path(blobs[i].path).filename().string();
    ARROW_ASSIGN_OR_RAISE(const bool right,
                          FileHasContent(blobs[i].path, name, blobs[i].bytes, [&](int64_t bytes) {
                            transfer.AddBytes(bytes);
                            return cancel.Check();
                          }));
    if (!right) blobs[i].why = "broken";
    transfer.AddFile();
    return Status::OK();
  }));
  for (CachedItem& blob : blobs) {
    if (blob.why.empty()) continue;
    if (remove) RETURN_NOT_OK(RemoveAll(blob.path));
    check.broken.push_back(std::move(blob));
  }
  return check;
}

}  // namespace tideway::hub
