#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>

#include "core/base/file.h"
#include "core/hub/remote/blob_lock.h"
#include "core/hub/remote/cache_scan.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kOld{24};
// A content is on its shelf for a moment before the first link to it.
constexpr std::chrono::hours kSettled{1};

int64_t SizeOf(const fs::path& path) {
  std::error_code problem;
  const auto size = fs::is_symlink(path, problem) ? 0 : fs::file_size(path, problem);
  return problem ? 0 : static_cast<int64_t>(size);
}

bool IsIncomplete(const fs::path& path) {
  return path.filename().string().ends_with(".incomplete");
}

bool IsOlder(const fs::path& path, std::chrono::hours age) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) return false;
  const auto changed = std::chrono::system_clock::from_time_t(info.st_mtime);
  return std::chrono::system_clock::now() - changed > age;
}

Status Take(const fs::path& path, const char* why, bool dry_run, CacheCleaned* cleaned) {
  const CachedItem item{path.string(), SizeOf(path), why};
  if (!dry_run) RETURN_NOT_OK(RemoveAll(item.path));
  cleaned->items.push_back(item);
  cleaned->bytes += item.bytes;
  return Status::OK();
}

std::set<std::string> LinkedIn(const CachedRepo& repo) {
  std::set<std::string> linked;
  for (const CachedRevision& revision : repo.revisions) {
    linked.insert(revision.blobs.begin(), revision.blobs.end());
  }
  return linked;
}

// As it is now.
Result<std::set<std::string>> LinkedNow(const CachedRepo& repo) {
  const std::string root = fs::path(repo.folder).parent_path().string();
  ARROW_ASSIGN_OR_RAISE(const auto repos, ScanCache(root));
  const auto now = std::ranges::find(repos, repo.folder, &CachedRepo::folder);
  return now == repos.end() ? std::set<std::string>() : LinkedIn(*now);
}

// Removes blobs that no revision links to. Whoever is about to link to one holds its lock, as
// Python's client does, or has touched it just now; with the locks in hand the links are read once
// more.
Status TakeUnlinked(const CachedRepo& repo, const std::vector<std::string>& names, bool dry_run,
                    CacheCleaned* cleaned) {
  constexpr size_t kAtOnce = 200;
  for (size_t first = 0; first < names.size(); first += kAtOnce) {
    const size_t end = std::min(names.size(), first + kAtOnce);
    std::vector<std::unique_ptr<BlobLock>> locks;
    std::vector<std::string> mine;
    for (size_t i = first; i < end; ++i) {
      auto lock = dry_run ? nullptr : BlobLock::Try(repo.locks + "/" + names[i] + ".lock");
      if (!lock && !dry_run) {
        ++cleaned->busy;
        continue;
      }
      locks.push_back(std::move(lock));
      mine.push_back(names[i]);
    }
    std::set<std::string> linked;
    if (!dry_run) {
      ARROW_ASSIGN_OR_RAISE(linked, LinkedNow(repo));
    }
    for (const std::string& name : mine) {
      if (linked.contains(name)) continue;
      RETURN_NOT_OK(Take(repo.folder + "/blobs/" + name, "no revision has it", dry_run, cleaned));
    }
  }
  return Status::OK();
}

}  // namespace

Result<CacheCleaned> CleanCache(const std::vector<CachedRepo>& repos, bool dry_run) {
  CacheCleaned cleaned;
  for (const CachedRepo& repo : repos) {
    const std::set<std::string> linked = LinkedIn(repo);
    std::vector<fs::path> blobs;
    std::error_code problem;
    for (fs::directory_iterator blob(repo.folder + "/blobs", problem);
         blob != fs::directory_iterator(); blob.increment(problem)) {
      blobs.push_back(blob->path());
    }
    std::ranges::sort(blobs);
    std::vector<std::string> unlinked;
    for (const fs::path& blob : blobs) {
      if (!IsIncomplete(blob)) {
        const bool needless = !linked.contains(blob.filename().string());
        if (needless && IsOlder(blob, kSettled)) unlinked.push_back(blob.filename());
      } else if (IsOlder(blob, kOld)) {
        RETURN_NOT_OK(Take(blob, "incomplete", dry_run, &cleaned));
      }
    }
    RETURN_NOT_OK(TakeUnlinked(repo, unlinked, dry_run, &cleaned));
  }
  return cleaned;
}

Result<CacheCleaned> RemoveCached(const CachedRepo& repo, bool dry_run) {
  CacheCleaned cleaned{.items = {{repo.folder, repo.bytes, "as asked"}}, .bytes = repo.bytes};
  if (!dry_run) RETURN_NOT_OK(RemoveAll(repo.folder));
  return cleaned;
}

Result<CacheCleaned> RemoveCached(const CachedRepo& repo, const CachedRevision& revision,
                                  bool dry_run) {
  CacheCleaned cleaned;
  std::set<std::string> others;
  for (const CachedRevision& other : repo.revisions) {
    if (other.commit != revision.commit) others.insert(other.blobs.begin(), other.blobs.end());
  }
  std::vector<std::string> own;
  std::ranges::set_difference(revision.blobs, others, std::back_inserter(own));
  if (!dry_run) {
    // Refs first: none is to mean a commit that is not whole.
    for (const std::string& ref : revision.refs) {
      RETURN_NOT_OK(RemoveAll(repo.folder + "/refs/" + ref));
    }
    RETURN_NOT_OK(RemoveAll(repo.folder + "/.no_exist/" + revision.commit));
    RETURN_NOT_OK(RemoveAll(repo.folder + "/trees/" + revision.commit + ".json"));
    RETURN_NOT_OK(RemoveAll(repo.folder + "/snapshots/" + revision.commit));
  }
  cleaned.items.push_back({repo.folder + "/snapshots/" + revision.commit, 0, "as asked"});
  RETURN_NOT_OK(TakeUnlinked(repo, own, dry_run, &cleaned));
  return cleaned;
}

}  // namespace tideway::hub
