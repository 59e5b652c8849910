#include "core/hub/remote/fetch.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/work_all.h"
#include "core/hub/remote/blob_fetch_internal.h"
#include "core/hub/remote/cache.h"
#include "core/hub/remote/remote_path.h"

namespace tideway::hub {
namespace {

constexpr size_t kAtOnce = 16;

// For what the caller can do without.
void Note(const Status& status) {
  if (!status.ok()) LogDebug("{}", status.message());
}

bool MatchesAny(const std::string& path, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&path](const std::string& pattern) {
    const std::string whole = pattern.ends_with('/') ? pattern + "*" : pattern;
    return fnmatch(whole.c_str(), path.c_str(), 0) == 0;
  });
}

std::vector<RemoteFile> Wanted(std::vector<RemoteFile> files, const SnapshotRequest& request) {
  std::erase_if(files, [&request](const RemoteFile& file) {
    const bool in = request.include.empty() || MatchesAny(file.path, request.include);
    return !in || MatchesAny(file.path, request.exclude);
  });
  return files;
}

bool HasAll(const Cache& cache, const std::string& commit, const std::vector<RemoteFile>& files) {
  return std::ranges::all_of(
      files, [&](const RemoteFile& file) { return cache.Find(commit, file.path).has_value(); });
}

// The snapshot where the cache is known to have all of it.
std::optional<FetchedSnapshot> Cached(const Cache& cache, const std::string& commit,
                                      const SnapshotRequest& request) {
  auto tree = cache.ReadTree(commit);
  if (!tree) return std::nullopt;
  FetchedSnapshot snapshot{.folder = cache.snapshot(commit),
                           .commit = commit,
                           .files = Wanted(std::move(*tree), request)};
  if (!HasAll(cache, commit, snapshot.files)) return std::nullopt;
  return snapshot;
}

// Whether it is the Hub that cannot be reached, and not that it refuses.
bool IsOutOfReach(const Status& status) {
  return KindOf(status) == ErrorKind::kNetwork || KindOf(status) == ErrorKind::kTimeout;
}

Status FetchMissing(Api& api, const Cache& cache, const SnapshotRequest& request,
                    const CancelToken& cancel, FetchedSnapshot& snapshot) {
  BlobFetch blobs(api, cache, request.repo, snapshot.commit);
  std::vector<const RemoteFile*> unlinked, missing;
  for (const RemoteFile& file : snapshot.files) {
    RETURN_NOT_OK(CheckRemotePath(file.path));
    if (cache.Find(snapshot.commit, file.path)) continue;
    if (request.leave && request.leave(file)) continue;
    unlinked.push_back(&file);
    if (!FileExists(cache.blob(HashOf(file)))) missing.push_back(&file);
  }
  // The largest first, so that none is left when all others are done.
  std::ranges::sort(missing, std::greater<>(), [](const RemoteFile* file) { return file->size; });
  if (!missing.empty()) blobs.FindLeftovers();
  CancelToken stop;
  const Status fetched = WorkAll(missing.size(), kAtOnce, stop, [&](size_t index) {
    return blobs.Fetch(*missing[index], cancel);
  });
  RETURN_NOT_OK(blobs.Publish());  // what came, for the next try
  RETURN_NOT_OK(fetched);
  for (const RemoteFile* file : unlinked) {
    RETURN_NOT_OK(cache.Link(snapshot.commit, file->path, HashOf(*file)));
  }
  snapshot.fetched_files = blobs.files();
  snapshot.fetched_bytes = blobs.bytes();
  return Status::OK();
}

Result<FetchedSnapshot> FetchCommit(Api& api, const Cache& cache, const std::string& commit,
                                    const SnapshotRequest& request, const CancelToken& cancel) {
  auto tree = cache.ReadTree(commit);
  const bool known = tree.has_value();
  if (!known) {
    ARROW_ASSIGN_OR_RAISE(tree, api.Tree(request.repo, commit, "", cancel));
  }
  FetchedSnapshot snapshot{
      .folder = cache.snapshot(commit), .commit = commit, .files = Wanted(*tree, request)};
  if (!snapshot.files.empty() && HasAll(cache, commit, snapshot.files)) {
    if (!known) Note(cache.WriteTree(commit, *tree));  // the cache may be read-only
    Note(cache.WriteRef(request.revision, commit));
    return snapshot;
  }
  RETURN_NOT_OK(cache.Prepare());
  if (!known) RETURN_NOT_OK(cache.WriteTree(commit, *tree));
  RETURN_NOT_OK(MakeFolders(snapshot.folder));
  RETURN_NOT_OK(FetchMissing(api, cache, request, cancel, snapshot));
  RETURN_NOT_OK(cache.WriteRef(request.revision, commit));
  return snapshot;
}

// What there is of a commit of which nobody noted all the files, as other clients leave it.
std::optional<FetchedSnapshot> CachedPart(const Cache& cache, const std::string& commit,
                                          const SnapshotRequest& request) {
  if (cache.ReadTree(commit)) return std::nullopt;
  FetchedSnapshot snapshot{.folder = cache.snapshot(commit),
                           .commit = commit,
                           .files = Wanted(cache.FilesOf(commit), request)};
  if (snapshot.files.empty()) return std::nullopt;
  LogWarn("hub: offline, and nobody noted whether {} is all of {}", snapshot.folder,
          request.repo.id);
  return snapshot;
}

Error NotCached(const std::string& what) {
  return Error(ErrorKind::kNotFound,
               fmt::format("hub: offline, and not all of {} is in the cache", what))
      .Hint("fetch it once with a connection, or unset HF_HUB_OFFLINE");
}

RemoteFile FileOf(const std::string& path, const Resolved& resolved) {
  constexpr size_t kSha256Digits = 64;
  RemoteFile file{.path = path, .size = resolved.size};
  (resolved.etag.size() == kSha256Digits ? file.sha256 : file.blob_id) = resolved.etag;
  return file;
}

Result<std::string> FetchResolved(Api& api, const Cache& cache, const FileRequest& request,
                                  const Resolved& resolved, const CancelToken& cancel) {
  if (auto found = cache.Find(resolved.commit, request.path)) {
    Note(cache.WriteRef(request.revision, resolved.commit));  // it may be read-only
    return *found;
  }
  RETURN_NOT_OK(cache.Prepare());
  const RemoteFile file = FileOf(request.path, resolved);
  if (!FileExists(cache.blob(resolved.etag))) {
    BlobFetch blobs(api, cache, request.repo, resolved.commit);
    blobs.FindLeftovers();
    RETURN_NOT_OK(blobs.Fetch(file, cancel));
    RETURN_NOT_OK(blobs.Publish());
  }
  RETURN_NOT_OK(cache.Link(resolved.commit, request.path, resolved.etag));
  RETURN_NOT_OK(cache.WriteRef(request.revision, resolved.commit));
  return cache.snapshot(resolved.commit) + "/" + request.path;
}

}  // namespace

Result<std::string> FetchFile(Api& api, const FileRequest& request, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckRemotePath(request.path));
  const Cache cache(api.settings().cache, request.repo, api.settings().symlinks);
  const auto known = cache.CommitOf(request.revision);
  const auto cached = known ? cache.Find(*known, request.path) : std::nullopt;
  if (cached && IsCommit(request.revision)) return *cached;
  if (api.settings().offline) {
    if (cached) return *cached;
    return NotCached(request.path + " of " + request.repo.id);
  }
  const auto resolved = api.Resolve(request.repo, request.revision, request.path, cancel);
  if (resolved.ok()) return FetchResolved(api, cache, request, *resolved, cancel);
  if (!cached || !IsOutOfReach(resolved.status())) return resolved.status();
  LogWarn("{}; the cache's copy is used", resolved.status().message());
  return *cached;
}

Result<FetchedSnapshot> FetchSnapshot(Api& api, const SnapshotRequest& request,
                                      const CancelToken& cancel) {
  const Cache cache(api.settings().cache, request.repo, api.settings().symlinks);
  const auto known = cache.CommitOf(request.revision);
  const auto look = [&] { return known ? Cached(cache, *known, request) : std::nullopt; };
  if (IsCommit(request.revision) || api.settings().offline) {
    if (auto cached = look()) return *cached;
  }
  if (api.settings().offline) {
    if (auto part = known ? CachedPart(cache, *known, request) : std::nullopt) return *part;
    return NotCached(request.repo.id);
  }
  if (IsCommit(request.revision)) return FetchCommit(api, cache, request.revision, request, cancel);
  const auto info = api.Info(request.repo, request.revision, cancel);
  if (info.ok()) return FetchCommit(api, cache, info->commit, request, cancel);
  const auto cached = IsOutOfReach(info.status()) ? look() : std::nullopt;
  if (!cached) return info.status();
  LogWarn("{}; the cache's copy is used", info.status().message());
  return *cached;
}

}  // namespace tideway::hub
