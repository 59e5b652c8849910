#include "core/hub/remote/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/work_all.h"
#include "core/hub/remote/fetch_internal.h"
#include "core/hub/remote/local_folder.h"
#include "core/hub/remote/path_patterns.h"
#include "core/hub/remote/remote_path.h"

namespace tideway::hub {

void Note(const Status& status) {
  if (!status.ok()) LogDebug("{}", status.message());
}

std::vector<RemoteFile> Wanted(std::vector<RemoteFile> files, const SnapshotRequest& request) {
  const PathPatterns included(request.include), excluded(request.exclude);
  std::erase_if(files, [&](const RemoteFile& file) {
    const bool in = request.include.empty() || included.Match(file.path);
    return !in || excluded.Match(file.path);
  });
  return files;
}

Result<std::vector<RemoteFile>> TreeOf(Api& api, const Cache& cache, const RepoId& repo,
                                       const std::string& commit, const CancelToken& cancel) {
  auto tree = cache.ReadTree(commit);
  if (tree) return std::move(*tree);
  return api.Tree(repo, commit, "", cancel);
}

Status FetchAll(BlobFetch& blobs, const std::vector<const RemoteFile*>& files,
                const CancelToken& cancel) {
  constexpr size_t kAtOnce = 16;
  std::map<std::string, std::vector<const RemoteFile*>> by_content;
  for (const RemoteFile* file : files) by_content[HashOf(*file)].push_back(file);
  std::vector<std::vector<const RemoteFile*>> contents;
  for (auto& [hash, same] : by_content) contents.push_back(std::move(same));
  // The largest first, so that none is left when all others are done.
  std::ranges::sort(contents, std::greater<>(),
                    [](const auto& same) { return same.front()->size; });
  if (contents.empty()) return Status::OK();
  blobs.FindLeftovers();
  CancelToken stop;
  const Status fetched = WorkAll(contents.size(), kAtOnce, stop, [&](size_t index) {
    return blobs.Fetch(contents[index], cancel);
  });
  const Status published = blobs.Publish();  // what came, for the next try
  return fetched.ok() ? published : fetched;
}

void TellFetch(const std::vector<const RemoteFile*>& files, Transfer& transfer) {
  FetchedSnapshot counts;
  CountContents(files, counts);
  if (!files.empty()) transfer.Begin("fetch", counts.fetched_files, counts.fetched_bytes);
}

void CountContents(const std::vector<const RemoteFile*>& files, FetchedSnapshot& snapshot) {
  std::set<std::string> seen;
  for (const RemoteFile* file : files) {
    if (!seen.insert(HashOf(*file)).second) continue;
    ++snapshot.fetched_files;
    snapshot.fetched_bytes += file->size;
  }
}

namespace {

bool HasAll(const Cache& cache, const std::string& commit, const std::vector<RemoteFile>& files) {
  return std::ranges::all_of(files, [&](const RemoteFile& file) {
    return CheckRemotePath(file.path).ok() && cache.Find(commit, file.path).has_value();
  });
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
  std::vector<const RemoteFile*> unlinked;
  for (const RemoteFile& file : snapshot.files) {
    RETURN_NOT_OK(CheckRemotePath(file.path));
    if (cache.Find(snapshot.commit, file.path)) continue;
    if (request.leave && request.leave(file)) continue;
    unlinked.push_back(&file);
  }
  if (request.dry_run) {
    std::erase_if(unlinked,
                  [&](const auto* file) { return FileExists(cache.blob(HashOf(*file))); });
    CountContents(unlinked, snapshot);
    return Status::OK();
  }
  BlobFetch blobs(api, cache.shelf(), request.repo, snapshot.commit, [&](const RemoteFile& file) {
    return cache.Link(snapshot.commit, file.path, HashOf(file));
  });
  TellFetch(unlinked, api.transfer());
  RETURN_NOT_OK(FetchAll(blobs, unlinked, cancel));
  snapshot.fetched_files = blobs.files();
  snapshot.fetched_bytes = blobs.bytes();
  return Status::OK();
}

Result<FetchedSnapshot> FetchCommit(Api& api, const Cache& cache, const std::string& commit,
                                    const SnapshotRequest& request, const CancelToken& cancel) {
  auto kept = cache.ReadTree(commit);
  const bool known = kept.has_value();
  if (!known) {
    ARROW_ASSIGN_OR_RAISE(kept, api.Tree(request.repo, commit, "", cancel));
  }
  const std::vector<RemoteFile>& tree = *kept;
  FetchedSnapshot snapshot{
      .folder = cache.snapshot(commit), .commit = commit, .files = Wanted(tree, request)};
  if (request.dry_run) {
    RETURN_NOT_OK(FetchMissing(api, cache, request, cancel, snapshot));
    return snapshot;
  }
  if (!snapshot.files.empty() && HasAll(cache, commit, snapshot.files)) {
    if (!known) Note(cache.WriteTree(commit, tree));  // the cache may be read-only
    Note(cache.WriteRef(request.revision, commit));
    return snapshot;
  }
  RETURN_NOT_OK(cache.Prepare());
  if (!known) RETURN_NOT_OK(cache.WriteTree(commit, tree));
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

Error NotCached(const std::string& what, const std::string& where = "the cache") {
  return Error(ErrorKind::kNotFound,
               fmt::format("hub: offline, and not all of {} is in {}", what, where))
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
  BlobFetch blobs(api, cache.shelf(), request.repo, resolved.commit, [&](const RemoteFile& one) {
    return cache.Link(resolved.commit, one.path, HashOf(one));
  });
  TellFetch({&file}, api.transfer());
  RETURN_NOT_OK(FetchAll(blobs, {&file}, cancel));
  RETURN_NOT_OK(cache.WriteRef(request.revision, resolved.commit));
  return cache.snapshot(resolved.commit) + "/" + request.path;
}

// For a file that `commit` is known not to have.
Error NoSuchFile(const FileRequest& request, const std::string& commit) {
  return Error(ErrorKind::kNotFound,
               fmt::format("hub: no {} in {} {} at {}: the Hub said so before", request.path,
                           request.repo.noun(), request.repo.id, commit))
      .Hint(fmt::format("see `tideway hub ls {}`", request.repo.id));
}

// As Python's client does: who may see the repository no more still has what was fetched, but what
// the Hub says is not there is not given.
bool MayBeCached(const Status& failure, const NotResolved& refused) {
  if (IsOutOfReach(failure)) return true;
  return refused.refusal == Refusal::kRepository || refused.refusal == Refusal::kGated ||
         refused.refusal == Refusal::kDisabled || refused.refusal == Refusal::kToken ||
         (refused.refusal == Refusal::kOther && KindOf(failure) == ErrorKind::kAuth);
}

void NoteMissing(const Cache& cache, const FileRequest& request, const std::string& commit) {
  if (commit.empty()) return;
  cache.MarkMissing(commit, request.path);
  Note(cache.WriteRef(request.revision, commit));
}

}  // namespace

Result<std::string> FetchFile(Api& api, const FileRequest& request, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckRemotePath(request.path));
  const Cache cache(api.settings().cache, request.repo, api.settings().symlinks);
  const auto known = cache.CommitOf(request.revision);
  const auto cached = known ? cache.Find(*known, request.path) : std::nullopt;
  if (cached && IsCommit(request.revision)) return *cached;
  const bool known_missing = known && cache.KnownMissing(*known, request.path);
  if (known_missing && IsCommit(request.revision)) return NoSuchFile(request, *known);
  if (api.settings().offline) {
    if (cached) return *cached;
    if (known_missing) return NoSuchFile(request, *known);
    return NotCached(request.path + " of " + request.repo.id);
  }
  NotResolved refused;
  const auto resolved = api.Resolve(request.repo, request.revision, request.path, cancel,
                                    cached ? Effort::kBrief : Effort::kFull, &refused);
  NoteMissing(cache, request, refused.missing_in);
  if (resolved.ok()) return FetchResolved(api, cache, request, *resolved, cancel);
  if (!cached || !MayBeCached(resolved.status(), refused)) return resolved.status();
  LogWarn("{}; the cache's copy is used", resolved.status().message());
  return *cached;
}

Result<FetchedSnapshot> FetchSnapshot(Api& api, const SnapshotRequest& request,
                                      const CancelToken& cancel) {
  const Cache cache(api.settings().cache, request.repo, api.settings().symlinks);
  const auto known = cache.CommitOf(request.revision);
  const LocalFolder folder(request.local_folder);
  const bool local = !request.local_folder.empty();
  std::optional<FetchedSnapshot> cached;
  if (local) {
    cached = folder.Held(known, request);
  } else if (known) {
    cached = Cached(cache, *known, request);
  }
  if (cached && (IsCommit(request.revision) || api.settings().offline)) return *cached;
  if (api.settings().offline) {
    if (!local && known) {
      if (auto part = CachedPart(cache, *known, request)) return *part;
    }
    return NotCached(request.repo.id, local ? request.local_folder : "the cache");
  }
  std::string commit = request.revision;
  if (!IsCommit(commit)) {
    const auto info =
        api.Info(request.repo, request.revision, cancel, cached ? Effort::kBrief : Effort::kFull);
    if (!info.ok() && cached && IsOutOfReach(info.status())) {
      LogWarn("{}; {} is used", info.status().message(),
              local ? "what the folder has" : "the cache's copy");
      return *cached;
    }
    ARROW_ASSIGN_OR_RAISE(const RepoInfo told, info);
    commit = told.commit;
  }
  if (local) return folder.Fetch(api, cache, commit, request, cancel);
  return FetchCommit(api, cache, commit, request, cancel);
}

}  // namespace tideway::hub
