#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/source_files_internal.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kGlobCharacters = "*?[";

Result<FileStamp> Stamp(const std::string& op, const std::string& path) {
  const auto stamp = StampOf(path);
  RETURN_NOT_OK(WithContext(op, stamp.status()));
  return stamp;
}

// Whether a regular file may be read, which its folder does not tell. Others, such as pipes, are
// not to be opened without need.
Status CheckReadable(const std::string& op, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return Status::OK();
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return ErrnoError(errno, op + ": cannot read", path);
  close(fd);
  return Status::OK();
}

std::string WithoutScheme(std::string_view path) {
  for (const std::string_view scheme : {"file://", "file:"}) {
    if (path.starts_with(scheme)) return std::string(path.substr(scheme.size()));
  }
  return std::string(path);
}

// What the last glob() of this thread could not look into.
thread_local std::optional<std::pair<int, std::string>> unreadable;

// Whether the search must end at `path`. What is not there, or is no folder, merely has no matches.
bool NoteUnreadable(const char* path, int error) {
  if (error == ENOENT || error == ENOTDIR) return false;
  if (!unreadable) unreadable.emplace(error, path);
  return true;
}

Error CannotSearch(const std::string& op, const std::string& folder, int error) {
  return ErrnoError(error, op + ": cannot read folder", folder)
      .Hint("make it readable, or give a pattern that does not go through it");
}

// What the pattern's last names, without glob characters, are looked up with.
int LookUp(const char* path, struct stat* info) {
  const int failed = lstat(path, info);
  if (failed != 0) NoteUnreadable(path, errno);
  return failed;
}

Result<std::vector<std::string>> GlobMatches(const std::string& op, const std::string& pattern) {
  unreadable.reset();
  glob_t found{};
  found.gl_opendir = [](const char* path) -> void* { return opendir(path); };
  found.gl_readdir = [](void* folder) { return readdir(static_cast<DIR*>(folder)); };
  found.gl_closedir = [](void* folder) { closedir(static_cast<DIR*>(folder)); };
  found.gl_stat = stat;
  found.gl_lstat = LookUp;
  const auto note = [](const char* path, int error) { return int{NoteUnreadable(path, error)}; };
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), GLOB_NOSORT | GLOB_ALTDIRFUNC, note, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  if (unreadable) return CannotSearch(op, unreadable->second, unreadable->first);
  return paths;
}

// `path` as a pattern that matches only itself.
std::string Escaped(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (kGlobCharacters.find(c) != kGlobCharacters.npos || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Adds the folders below `folder`, at any depth, whose names do not start with a dot. Links to
// folders are not followed.
Status AddFoldersBelow(const std::string& op, const std::filesystem::path& folder,
                       std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::directory_iterator entries(folder.empty() ? "." : folder, error);
  for (const fs::directory_iterator end; !error && entries != end; entries.increment(error)) {
    std::error_code unknown;
    const fs::path name = entries->path().filename();
    if (!entries->is_directory(unknown) || entries->is_symlink(unknown)) continue;
    if (name.string().starts_with('.')) continue;
    folders.push_back((folder / name).string() + "/");
    RETURN_NOT_OK(AddFoldersBelow(op, folder / name, folders));
  }
  if (!error || error == std::errc::no_such_file_or_directory) return Status::OK();
  return CannotSearch(op, folder.empty() ? "." : folder.string(), error.value());
}

// The files that `pattern` matches, without repeats, in byte order of their names. An error of kind
// io names a folder that could not be read, for what it holds would silently be missing.
Result<std::vector<std::string>> Matches(const std::string& op, const std::string& pattern) {
  const size_t stars = pattern.find("**/");
  const bool deep = stars != pattern.npos && (stars == 0 || pattern[stars - 1] == '/');
  std::vector<std::string> paths;
  if (!deep) {
    ARROW_ASSIGN_OR_RAISE(paths, GlobMatches(op, pattern));
  } else {
    std::vector<std::string> folders = {""};  // what `**/` may stand for, itself included
    if (stars > 0) {
      ARROW_ASSIGN_OR_RAISE(folders, GlobMatches(op, pattern.substr(0, stars)));
    }
    for (const std::string& root : std::vector(folders)) {
      RETURN_NOT_OK(AddFoldersBelow(op, root, folders));
    }
    for (const std::string& folder : folders) {
      ARROW_ASSIGN_OR_RAISE(const auto found,
                            Matches(op, Escaped(folder) + pattern.substr(stars + 3)));
      paths.insert(paths.end(), found.begin(), found.end());
    }
  }
  std::sort(paths.begin(), paths.end());  // by bytes: glob sorts as the locale says
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace

SourceFiles::SourceFiles(std::string op, std::vector<std::string> patterns,
                         std::vector<std::string> endings)
    : op_(std::move(op)), patterns_(std::move(patterns)), endings_(std::move(endings)) {}

std::string SourceFiles::Describe() const {
  std::string text;
  for (const std::string& pattern : patterns_) {
    text += (text.empty() ? "" : ", ") + NameOfSource(pattern);
  }
  return text;
}

Status SourceFiles::AddFile(const std::string& path) const {
  if (const auto distant = DistantFileAt(path)) {
    files_.push_back({path, {.size = distant->size()}, 0, Sha256OfHex(distant->sha256())});
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const FileStamp stamp, Stamp(op_, path));
  RETURN_NOT_OK(CheckReadable(op_, path));
  files_.push_back({path, stamp, 0, {}});
  return Status::OK();
}

Status SourceFiles::AddTree(std::string path) const {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const std::string inside = path == "/" ? path : path + "/";
  ARROW_ASSIGN_OR_RAISE(const auto names, Matches(op_, Escaped(inside) + "**/*"));
  const size_t before = files_.size();
  for (const std::string& name : names) {
    std::error_code error;
    if (std::filesystem::is_directory(name, error)) continue;
    RETURN_NOT_OK(AddFile(name));
    files_.back().name_at = static_cast<uint32_t>(inside.size());
  }
  if (files_.size() > before) return Status::OK();
  return Error(ErrorKind::kNotFound, fmt::format("{}: the folder holds no file: {}", op_, path))
      .Hint("names that start with a dot are passed over");
}

Status SourceFiles::AddFolder(const std::string& path) const {
  if (endings_.empty()) return AddTree(path);
  const size_t before = files_.size();
  ARROW_ASSIGN_OR_RAISE(const auto names, Matches(op_, Escaped(path) + "/*"));
  for (const std::string& name : names) {
    const bool fits = std::any_of(endings_.begin(), endings_.end(),
                                  [&](const std::string& end) { return name.ends_with(end); });
    if (fits) RETURN_NOT_OK(AddFile(name));
  }
  if (files_.size() > before) return Status::OK();
  return Error(ErrorKind::kNotFound,
               fmt::format("{}: the folder holds no such file: {}", op_, path))
      .Hint(fmt::format("files of this format end in {}", fmt::join(endings_, ", ")));
}

Status SourceFiles::AddPattern(const std::string& pattern) const {
  const std::string path = WithoutScheme(pattern);
  std::error_code error;
  if (DistantFileAt(path) != nullptr) return AddFile(path);
  if (std::filesystem::is_directory(path, error)) return AddFolder(path);
  const bool literal = std::filesystem::exists(path, error);
  if (literal || path.find_first_of(kGlobCharacters) == std::string::npos) return AddFile(path);
  ARROW_ASSIGN_OR_RAISE(const auto matches, Matches(op_, path));
  if (matches.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("{}: no file matches: {}", op_, pattern))
        .Hint("a relative path starts at the folder the program was started in");
  }
  for (const std::string& match : matches) RETURN_NOT_OK(AddFile(match));
  return Status::OK();
}

Status SourceFiles::Find() const {
  if (!files_.empty()) return Status::OK();
  if (patterns_.empty()) return Error(ErrorKind::kUsage, op_ + ": no path was given");
  for (const std::string& pattern : patterns_) {
    const Status status = AddPattern(pattern);
    if (!status.ok()) {
      files_.clear();
      return status;
    }
  }
  return Status::OK();
}

Result<size_t> SourceFiles::Count() const {
  std::lock_guard lock(mutex_);
  RETURN_NOT_OK(Find());
  return files_.size();
}

Result<std::vector<std::string>> SourceFiles::Paths() const {
  std::lock_guard lock(mutex_);
  RETURN_NOT_OK(Find());
  std::vector<std::string> paths;
  for (const File& file : files_) paths.push_back(file.path);
  return paths;
}

std::optional<std::string> SourceFiles::KnownHash(size_t index, RunContext& run) const {
  std::lock_guard lock(mutex_);
  File& file = files_[index];
  if (!file.hash) {
    file.hash = Sha256OfHex(run.file_hashes().Find(file.path, file.stamp).value_or(""));
  }
  return file.hash ? std::optional(HexOf(*file.hash)) : std::nullopt;
}

Result<std::string> SourceFiles::Hash(size_t index, RunContext& run,
                                      const CancelToken& stop) const {
  RETURN_NOT_OK(Count().status());
  if (const auto known = KnownHash(index, run)) return *known;
  std::string path;
  {
    std::lock_guard lock(mutex_);
    path = files_[index].path;
    if (IsFresh(files_[index].stamp)) WaitForNextTick();
  }
  const auto check = [&] {
    RETURN_NOT_OK(run.cancel().Check());
    return stop.Check();
  };
  ARROW_ASSIGN_OR_RAISE(std::string hash, Sha256File(path, check));
  RETURN_NOT_OK(CheckUnchanged(index));
  Remember(index, hash, run);
  return hash;
}

void SourceFiles::Remember(size_t index, const std::string& sha256, RunContext& run) const {
  std::lock_guard lock(mutex_);
  files_[index].hash = Sha256OfHex(sha256);
  const bool is_copy = NameOfSource(files_[index].path) != files_[index].path;
  if (is_copy) return;  // which goes with the run
  run.file_hashes().Remember(files_[index].path, files_[index].stamp, sha256);
}

Result<std::string> SourceFiles::Hashes(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const size_t count, Count());
  const CancelToken never;
  Sha256 hashes;
  for (size_t i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::string hash, Hash(i, run, never));
    hashes.Update(hash + " ");
  }
  return hashes.Finish();
}

Result<bool> SourceFiles::KnowsHashes(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const size_t count, Count());
  for (size_t i = 0; i < count; ++i) {
    if (!KnownHash(i, run)) return false;
  }
  return true;
}

Status SourceFiles::CheckUnchanged(size_t index) const {
  FileStamp before;
  std::string path;
  {
    std::lock_guard lock(mutex_);
    before = files_[index].stamp;
    path = files_[index].path;
  }
  if (DistantFileAt(path) != nullptr) return Status::OK();  // it is found by what it holds
  ARROW_ASSIGN_OR_RAISE(const FileStamp now, Stamp(op_, path));
  if (now.SameContent(before)) return Status::OK();
  return Error(ErrorKind::kConflict,
               fmt::format("{}: file changed while it was read: {}", op_, path))
      .Hint("write it under another name and rename it when it is complete, then run again")
      .Retryable();
}

Status SourceFiles::LearnHashes(RunContext& run, const CancelToken& stop) const {
  ARROW_ASSIGN_OR_RAISE(const size_t count, Count());
  for (size_t i = count; i-- > 0;) RETURN_NOT_OK(Hash(i, run, stop).status());
  return Status::OK();
}

int64_t SourceFiles::SizeOf(size_t index) const {
  std::lock_guard lock(mutex_);
  return files_[index].stamp.size;
}

std::string SourceFiles::PathOf(size_t index) const {
  std::lock_guard lock(mutex_);
  return files_[index].path;
}

std::string SourceFiles::NameOf(size_t index) const {
  std::lock_guard lock(mutex_);
  return files_[index].path.substr(files_[index].name_at);
}

std::optional<std::string> SourceFiles::HashOf(size_t index) const {
  std::lock_guard lock(mutex_);
  const auto& hash = files_[index].hash;
  return hash ? std::optional(HexOf(*hash)) : std::nullopt;
}

FileReading::FileReading(const SourceFiles& files, std::string path, size_t index, RunContext& run)
    : files_(files), path_(std::move(path)), index_(index), run_(run) {
  hash_ = std::async(std::launch::async, [this] { return files_.Hash(index_, run_, stop_); });
}

FileReading::~FileReading() { stop_.Cancel(); }

Status FileReading::Finish(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(const std::string hash, hash_.get());
  RETURN_NOT_OK(files_.CheckUnchanged(index_));
  run_.RecordInput({NameOfSource(path_), "sha256:" + hash, rows, files_.SizeOf(index_)});
  return Status::OK();
}

}  // namespace tideway::dataset
