#include "core/hub/remote/cache.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/owner.h"
#include "core/hub/remote/remote_path.h"
#include "core/hub/remote/tree_file.h"
#include "core/hub/remote/unfinished_name.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file is a cache directory tag created by huggingface_hub.\n"
    "# For information about cache directory tags, see:\n"
    "#\thttps://bford.info/cachedir/\n";

bool IsFile(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return Status::OK();
  const int problem = errno;
  unlink(from.c_str());
  return ErrnoError(problem, "cannot write", to);
}

}  // namespace

Cache::Cache(std::string root, const RepoId& repo, bool symlinks)
    : root_(std::move(root)),
      folder_(root_ + "/" + repo.cache_name()),
      locks_(root_ + "/.locks/" + repo.cache_name()),
      symlinks_(symlinks) {}

Status Cache::Prepare() const {
  RETURN_NOT_OK(MakeFolders(blobs()));
  RETURN_NOT_OK(MakeFolders(folder_ + "/snapshots"));
  return TagAsCache(root_);
}

Status TagAsCache(const std::string& folder) {
  const std::string tag = folder + "/CACHEDIR.TAG";
  return FileExists(tag) ? Status::OK() : WriteFileAtomic(tag, kCacheTag);
}

std::optional<std::string> Cache::CommitOf(const std::string& revision) const {
  if (IsCommit(revision)) return revision;
  const auto text = ReadFile(folder_ + "/refs/" + revision);
  if (!text.ok() || !IsCommit(*text)) return std::nullopt;
  return *text;
}

Status Cache::WriteRef(const std::string& revision, const std::string& commit) const {
  if (revision == commit || CommitOf(revision) == commit) return Status::OK();
  RETURN_NOT_OK(CheckRemotePath(revision));
  const std::string path = folder_ + "/refs/" + revision;
  RETURN_NOT_OK(MakeFolders(ParentOf(path)));
  return WriteFileAtomic(path, commit);
}

std::optional<std::string> Cache::Find(const std::string& commit, const std::string& path) const {
  const std::string file = snapshot(commit) + "/" + path;
  return IsFile(file) ? std::optional(file) : std::nullopt;
}

Status Cache::PutCopy(const std::string& blob, const std::string& path) const {
  const std::string beside = UnfinishedName(path);
  std::error_code problem;
  fs::copy_file(blob, beside, problem);
  if (problem) {
    unlink(beside.c_str());
    return ErrnoError(problem.value(), "cannot copy to", beside);
  }
  return Rename(beside, path);
}

Status Cache::Link(const std::string& commit, const std::string& path,
                   const std::string& hash) const {
  RETURN_NOT_OK(CheckRemotePath(path));
  const std::string place = snapshot(commit) + "/" + path;
  if (!symlinks_) {
    RETURN_NOT_OK(MakeFolders(ParentOf(place)));
    return PutCopy(blob(hash), place);
  }
  std::string target = "../../blobs/" + hash;
  for (const char c : path) {
    if (c == '/') target.insert(0, "../");
  }
  if (symlink(target.c_str(), place.c_str()) == 0) return Status::OK();
  if (errno == ENOENT) {
    RETURN_NOT_OK(MakeFolders(ParentOf(place)));
    if (symlink(target.c_str(), place.c_str()) == 0) return Status::OK();
  }
  if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP) return PutCopy(blob(hash), place);
  if (errno != EEXIST) return ErrnoError(errno, "cannot link", place);
  std::error_code problem;
  if (fs::read_symlink(place, problem) == target) return Status::OK();
  const std::string beside = UnfinishedName(place);
  if (symlink(target.c_str(), beside.c_str()) != 0) return ErrnoError(errno, "cannot link", beside);
  return Rename(beside, place);
}

bool Cache::KnownMissing(const std::string& commit, const std::string& path) const {
  return FileExists(folder_ + "/.no_exist/" + commit + "/" + path);
}

// What cannot be noted, as in a cache that is read-only, is asked for again.
void Cache::MarkMissing(const std::string& commit, const std::string& path) const {
  if (!CheckRemotePath(path).ok()) return;
  const std::string mark = folder_ + "/.no_exist/" + commit + "/" + path;
  if (!MakeFolders(ParentOf(mark)).ok()) return;
  const Status status = WriteFileAtomic(mark, "");
  if (!status.ok()) LogDebug("{}", status.message());
}

std::vector<RemoteFile> Cache::FilesOf(const std::string& commit) const {
  std::vector<RemoteFile> files;
  std::error_code problem;
  const fs::path folder = snapshot(commit);
  fs::recursive_directory_iterator entry(folder, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    if (!IsFile(entry->path().string())) continue;
    files.push_back({.path = entry->path().lexically_relative(folder).string(),
                     .size = static_cast<int64_t>(fs::file_size(entry->path(), problem))});
  }
  std::ranges::sort(files, {}, &RemoteFile::path);
  return files;
}

std::optional<std::vector<RemoteFile>> Cache::ReadTree(const std::string& commit) const {
  return ReadTreeFile(folder_, commit);
}

Status Cache::WriteTree(const std::string& commit, const std::vector<RemoteFile>& files) const {
  return WriteTreeFile(folder_, commit, files);
}

}  // namespace tideway::hub
