#include "core/hub/remote/local_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/hub/remote/blob_lock.h"
#include "core/hub/remote/content_hash.h"
#include "core/hub/remote/fetch_internal.h"
#include "core/hub/remote/remote_path.h"
#include "core/hub/remote/tree_file.h"
#include "core/hub/remote/unfinished_name.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

double SecondsOf(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Status Rename(const std::string& from, const std::string& to) {
  RETURN_NOT_OK(MakeFolders(ParentOf(to)));
  if (rename(from.c_str(), to.c_str()) == 0) return Status::OK();
  return ErrnoError(errno, "hub: cannot write", to);
}

// `to` is the whole content at once. `near`: a path on its file system.
Status CopyTo(const std::string& from, const std::string& to, const std::string& near) {
  const std::string beside = UnfinishedName(near);
  std::error_code problem;
  fs::copy_file(from, beside, problem);
  const Status copied =
      problem ? ErrnoError(problem.value(), "hub: cannot copy to", beside) : Rename(beside, to);
  if (!copied.ok()) unlink(beside.c_str());
  return copied;
}

// Whole or not at all, but for a crash of the machine: a note that gets lost costs a hash.
Status WriteNote(const std::string& path, const std::string& text) {
  const std::string beside = UnfinishedName(path);
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return ErrnoError(errno, "hub: cannot write", beside);
  const Status written = WriteAll(fd, text, beside);
  close(fd);
  RETURN_NOT_OK(written);
  if (rename(beside.c_str(), path.c_str()) == 0) return Status::OK();
  return ErrnoError(errno, "hub: cannot write", path);
}

std::string WithoutEnd(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

}  // namespace

LocalFolder::LocalFolder(std::string folder)
    : folder_(WithoutEnd(std::move(folder))),
      own_(folder_ + "/.cache/huggingface"),
      shelf_({own_ + "/tideway"}) {}

std::optional<LocalFolder::Origin> LocalFolder::OriginOf(const RemoteFile& file) const {
  struct stat found{};
  if (stat(PathOf(file).c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  const auto text = ReadFile(NoteOf(file));
  if (!text.ok()) return std::nullopt;
  std::istringstream lines(*text);
  Origin origin;
  if (!(lines >> origin.commit >> origin.etag >> origin.time)) return std::nullopt;
  constexpr double kCoarse_s = 1;  // file systems round, and so does Python
  if (SecondsOf(found.st_mtim) - kCoarse_s > origin.time) return std::nullopt;
  if (found.st_size != file.size && origin.etag == HashOf(file)) return std::nullopt;
  return origin;
}

Status LocalFolder::WriteOrigin(const std::string& commit, const RemoteFile& file) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const double time = std::chrono::duration<double>(now).count();
  const std::string note = NoteOf(file);
  RETURN_NOT_OK(MakeFolders(ParentOf(note)));
  return WriteNote(note, fmt::format("{}\n{}\n{:.6f}\n", commit, HashOf(file), time));
}

std::optional<FetchedSnapshot> LocalFolder::HeldOf(const std::string& commit,
                                                   const SnapshotRequest& request) const {
  const auto tree = ReadTreeFile(own_, commit);
  if (!tree) return std::nullopt;
  FetchedSnapshot snapshot{.folder = folder_, .commit = commit, .files = Wanted(*tree, request)};
  const bool all = std::ranges::all_of(snapshot.files, [this](const RemoteFile& file) {
    const auto origin = CheckRemotePath(file.path).ok() ? OriginOf(file) : std::nullopt;
    return origin && origin->etag == HashOf(file);
  });
  return all ? std::optional(std::move(snapshot)) : std::nullopt;
}

std::optional<FetchedSnapshot> LocalFolder::Held(const std::optional<std::string>& commit,
                                                 const SnapshotRequest& request) const {
  if (commit) return HeldOf(*commit, request);
  if (IsCommit(request.revision)) return std::nullopt;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(own_ + "/trees", problem)) {
    if (auto held = HeldOf(entry.path().stem().string(), request)) return held;
  }
  return std::nullopt;
}

Status LocalFolder::Prepare() const {
  RETURN_NOT_OK(MakeFolders(shelf_.folder));
  Note(TagAsCache(own_));
  const std::string ignored = own_ + "/.gitignore";
  return FileExists(ignored) ? Status::OK() : WriteFileAtomic(ignored, "*");
}

Result<bool> LocalFolder::IsCurrent(const std::string& commit, const RemoteFile& file, bool dry_run,
                                    const CancelToken& cancel, double since) const {
  auto origin = OriginOf(file);
  if (origin && origin->time < since) origin.reset();
  const bool named = origin && origin->etag == HashOf(file);
  if (named && origin->commit == commit) return true;
  if (!named) {
    if (origin) return false;
    ARROW_ASSIGN_OR_RAISE(const bool same, FileHasContent(PathOf(file), HashOf(file), file.size,
                                                          [&](int64_t) { return cancel.Check(); }));
    if (!same) return false;
  }
  if (!dry_run) RETURN_NOT_OK(WriteOrigin(commit, file));
  return true;
}

Result<bool> LocalFolder::CopyFrom(const Cache& cache, const std::string& commit,
                                   const RemoteFile& file) const {
  std::string found = cache.Find(commit, file.path).value_or(cache.blob(HashOf(file)));
  std::error_code problem;
  const auto size = fs::file_size(found, problem);
  if (problem || size != static_cast<uintmax_t>(file.size)) return false;
  const std::string blob = shelf_.blob(HashOf(file));
  RETURN_NOT_OK(CopyTo(found, blob, blob));
  return true;
}

Status LocalFolder::Place(const BlobShelf& shelf, const std::string& commit, const RemoteFile& file,
                          bool keep) const {
  std::error_code unknown;
  if (fs::is_directory(PathOf(file), unknown)) {
    return Error(ErrorKind::kConflict,
                 fmt::format("hub: a folder stands where a file belongs: {}", PathOf(file)))
        .Hint("move it away, or fetch into another folder");
  }
  const std::string blob = shelf.blob(HashOf(file));
  RETURN_NOT_OK(keep ? CopyTo(blob, PathOf(file), blob) : Rename(blob, PathOf(file)));
  return WriteOrigin(commit, file);
}

Result<FetchedSnapshot> LocalFolder::Fetch(Api& api, const Cache& cache, const std::string& commit,
                                           const SnapshotRequest& request,
                                           const CancelToken& cancel) const {
  std::unique_ptr<BlobLock> lock;
  if (!request.dry_run) {
    RETURN_NOT_OK(Prepare());
    ARROW_ASSIGN_OR_RAISE(lock, BlobLock::Acquire(own_ + "/tideway.lock", folder_, cancel, {}));
  }
  ARROW_ASSIGN_OR_RAISE(
      auto tree, ReadTree(api, cache, request.repo, commit, /*note=*/!request.dry_run, cancel));
  FetchedSnapshot snapshot{
      .folder = folder_, .commit = commit, .files = Wanted(std::move(tree), request)};
  std::vector<const RemoteFile*> missing, copied;
  std::map<std::string, size_t> uses;
  std::set<std::string> on_shelf;
  for (const RemoteFile& file : snapshot.files) {
    RETURN_NOT_OK(cancel.Check());
    RETURN_NOT_OK(CheckRemotePath(file.path));
    ARROW_ASSIGN_OR_RAISE(const bool there, IsCurrent(commit, file, request.dry_run, cancel));
    if (there) continue;
    bool copy = on_shelf.contains(HashOf(file));
    if (!copy && !request.dry_run) {
      ARROW_ASSIGN_OR_RAISE(copy, CopyFrom(cache, commit, file));
    }
    if (copy) on_shelf.insert(HashOf(file));
    (copy ? copied : missing).push_back(&file);
    ++uses[HashOf(file)];
  }
  if (request.dry_run) {
    CountContents(missing, snapshot);
    return snapshot;
  }
  const auto place = [&](const RemoteFile& file) {
    return Place(shelf_, commit, file, /*keep=*/--uses.at(HashOf(file)) > 0);
  };
  if (!copied.empty()) RETURN_NOT_OK(SyncAll(shelf_.folder));
  for (const RemoteFile* file : copied) RETURN_NOT_OK(place(*file));
  BlobFetch blobs(api, shelf_, request.repo, commit, place);
  TellFetch(missing, api.transfer());
  RETURN_NOT_OK(FetchAll(blobs, missing, cancel));
  snapshot.fetched_files = blobs.files();
  snapshot.fetched_bytes = blobs.bytes();
  return snapshot;
}

Result<std::vector<RemoteFile>> LocalFolder::Tree(Api& api, const Cache& cache, const RepoId& repo,
                                                  const std::string& commit,
                                                  const CancelToken& cancel) const {
  RETURN_NOT_OK(Prepare());
  return ReadTree(api, cache, repo, commit, /*note=*/true, cancel);
}

Result<std::vector<RemoteFile>> LocalFolder::ReadTree(Api& api, const Cache& cache,
                                                      const RepoId& repo, const std::string& commit,
                                                      bool note, const CancelToken& cancel) const {
  auto noted = ReadTreeFile(own_, commit);
  if (noted) return std::move(*noted);
  ARROW_ASSIGN_OR_RAISE(auto tree, TreeOf(api, cache, repo, commit, cancel));
  if (note) RETURN_NOT_OK(WriteTreeFile(own_, commit, tree));
  return tree;
}

Result<std::vector<const RemoteFile*>> LocalFolder::Missing(
    const std::string& commit, const std::vector<const RemoteFile*>& files, double since,
    const CancelToken& cancel) const {
  std::vector<const RemoteFile*> missing;
  for (const RemoteFile* file : files) {
    RETURN_NOT_OK(cancel.Check());
    RETURN_NOT_OK(CheckRemotePath(file->path));
    ARROW_ASSIGN_OR_RAISE(const bool there,
                          IsCurrent(commit, *file, /*dry_run=*/false, cancel, since));
    if (!there) missing.push_back(file);
  }
  return missing;
}

Result<int64_t> LocalFolder::FetchFiles(Api& api, const RepoId& repo, const std::string& commit,
                                        const std::vector<const RemoteFile*>& files,
                                        const std::string& fetcher,
                                        const std::function<Status()>& may_place,
                                        const CancelToken& cancel) const {
  const BlobShelf shelf{.folder = ShelfOf(fetcher), .own = true};
  RETURN_NOT_OK(MakeFolders(shelf.folder));
  std::map<std::string, size_t> uses;
  for (const RemoteFile* file : files) ++uses[HashOf(*file)];
  BlobFetch blobs(api, shelf, repo, commit, [&](const RemoteFile& file) -> Status {
    RETURN_NOT_OK(may_place());
    return Place(shelf, commit, file, /*keep=*/--uses.at(HashOf(file)) > 0);
  });
  RETURN_NOT_OK(FetchAll(blobs, files, cancel));
  RETURN_NOT_OK(RemoveAll(shelf.folder));
  return blobs.files();
}

Result<std::vector<std::string>> LocalFolder::Others(const std::vector<RemoteFile>& files) const {
  std::set<std::string> known;
  for (const RemoteFile& file : files) known.insert(file.path);
  std::vector<std::string> others;
  std::error_code problem;
  for (auto entry = fs::recursive_directory_iterator(folder_, problem);
       !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    if (entry->path() == own_) {
      entry.disable_recursion_pending();
    } else if (!entry->is_directory(problem)) {
      const std::string path = entry->path().lexically_relative(folder_).generic_string();
      if (!known.contains(path)) others.push_back(path);
    }
  }
  if (problem) return ErrnoError(problem.value(), "hub: cannot list", folder_);
  std::ranges::sort(others);
  return others;
}

}  // namespace tideway::hub
