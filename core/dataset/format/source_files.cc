#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/format/source_files_internal.h"

namespace tideway::dataset {
namespace {

constexpr size_t kHashPiece = 1 << 20;
constexpr std::string_view kGlobCharacters = "*?[";

Result<FileStamp> Stamp(const std::string& op, const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return ErrnoError(errno, op + ": cannot read", path);
  if (S_ISDIR(info.st_mode)) return ErrnoError(EISDIR, op + ": cannot read", path);
  constexpr int64_t kSecond = 1'000'000'000;
  return FileStamp{info.st_dev, info.st_ino, info.st_size,
                   info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec};
}

std::string WithoutScheme(std::string_view path) {
  for (const std::string_view scheme : {"file://", "file:"}) {
    if (path.starts_with(scheme)) return std::string(path.substr(scheme.size()));
  }
  return std::string(path);
}

std::vector<std::string> GlobMatches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
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

// What `**/` below `parent` may stand for, as patterns that end in `/`: `parent` itself, and the
// folders at any depth whose names do not start with a dot. Links to folders are not followed.
std::vector<std::string> FoldersBelow(const std::string& parent) {
  namespace fs = std::filesystem;
  std::vector<std::string> folders = {Escaped(parent)};
  std::error_code error;
  fs::recursive_directory_iterator entries(parent.empty() ? "." : parent,
                                           fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entries != end;
       entries.increment(error)) {
    std::error_code unknown;
    if (!entries->is_directory(unknown) || entries->is_symlink(unknown)) continue;
    if (entries->path().filename().string().starts_with('.')) {
      entries.disable_recursion_pending();
      continue;
    }
    const fs::path& path = entries->path();
    const fs::path below = parent.empty() ? path.lexically_relative(".") : path;
    folders.push_back(Escaped(below.string()) + "/");
  }
  return folders;
}

// The files that `pattern` matches, without repeats, in byte order of their names.
std::vector<std::string> Matches(const std::string& pattern) {
  const size_t stars = pattern.find("**/");
  const bool deep = stars != pattern.npos && (stars == 0 || pattern[stars - 1] == '/');
  std::vector<std::string> paths;
  if (!deep) {
    paths = GlobMatches(pattern);
  } else {
    const std::string parent = pattern.substr(0, stars);
    for (const std::string& root : stars == 0 ? std::vector{parent} : GlobMatches(parent)) {
      for (const std::string& folder : FoldersBelow(root)) {
        const auto found = Matches(folder + pattern.substr(stars + 3));
        paths.insert(paths.end(), found.begin(), found.end());
      }
    }
  }
  std::sort(paths.begin(), paths.end());  // by bytes: glob sorts as the locale says
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

Result<std::string> HashFile(const std::string& path, const CancelToken& run,
                             const CancelToken& stop) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "file: cannot open", path);
  Sha256 hash;
  std::string piece(kHashPiece, '\0');
  ssize_t size = 0;
  Status status;
  while (status.ok() && (size = read(fd, piece.data(), piece.size())) > 0) {
    hash.Update({piece.data(), static_cast<size_t>(size)});
    status = run.Check();
    if (status.ok()) status = stop.Check();
  }
  if (size < 0) status = ErrnoError(errno, "file: cannot read", path);
  close(fd);
  RETURN_NOT_OK(status);
  return hash.Finish();
}

}  // namespace

SourceFiles::SourceFiles(std::string op, std::vector<std::string> patterns,
                         std::vector<std::string> endings)
    : op_(std::move(op)), patterns_(std::move(patterns)), endings_(std::move(endings)) {}

std::string SourceFiles::Describe() const { return fmt::format("{}", fmt::join(patterns_, ", ")); }

Status SourceFiles::AddFile(const std::string& path) const {
  ARROW_ASSIGN_OR_RAISE(const FileStamp stamp, Stamp(op_, path));
  files_.push_back({path, stamp, std::nullopt});
  return Status::OK();
}

Status SourceFiles::AddFolder(const std::string& path) const {
  const size_t before = files_.size();
  for (const std::string& name : Matches(path + "/*")) {
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
  if (std::filesystem::is_directory(path, error)) return AddFolder(path);
  const bool literal = std::filesystem::exists(path, error);
  if (literal || path.find_first_of(kGlobCharacters) == std::string::npos) return AddFile(path);
  const std::vector<std::string> matches = Matches(path);
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

Result<std::vector<std::string>> SourceFiles::Paths() const {
  std::lock_guard lock(mutex_);
  RETURN_NOT_OK(Find());
  std::vector<std::string> paths;
  for (const File& file : files_) paths.push_back(file.path);
  return paths;
}

Result<std::string> SourceFiles::Hash(size_t index, const CancelToken& run,
                                      const CancelToken& stop) const {
  File file;
  {
    std::lock_guard lock(mutex_);
    RETURN_NOT_OK(Find());
    file = files_[index];
  }
  if (file.hash) return *file.hash;
  ARROW_ASSIGN_OR_RAISE(std::string hash, HashFile(file.path, run, stop));
  RETURN_NOT_OK(CheckUnchanged(index));
  std::lock_guard lock(mutex_);
  files_[index].hash = hash;
  return hash;
}

Result<std::string> SourceFiles::Hashes(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto paths, Paths());
  const CancelToken never;
  std::string hashes;
  for (size_t i = 0; i < paths.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::string hash, Hash(i, run.cancel(), never));
    hashes += hash + " ";
  }
  return hashes;
}

Status SourceFiles::CheckUnchanged(size_t index) const {
  FileStamp before;
  std::string path;
  {
    std::lock_guard lock(mutex_);
    before = files_[index].stamp;
    path = files_[index].path;
  }
  ARROW_ASSIGN_OR_RAISE(const FileStamp now, Stamp(op_, path));
  if (now == before) return Status::OK();
  return Error(ErrorKind::kConflict,
               fmt::format("{}: file changed while it was read: {}", op_, path))
      .Hint("write it under another name and rename it when it is complete, then run again")
      .Retryable();
}

int64_t SourceFiles::SizeOf(size_t index) const {
  std::lock_guard lock(mutex_);
  return files_[index].stamp.size;
}

FileReading::FileReading(const SourceFiles& files, std::string path, size_t index, RunContext& run)
    : files_(files), path_(std::move(path)), index_(index), run_(run) {
  hash_ =
      std::async(std::launch::async, [this] { return files_.Hash(index_, run_.cancel(), stop_); });
}

FileReading::~FileReading() { stop_.Cancel(); }

Status FileReading::Finish(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(const std::string hash, hash_.get());
  RETURN_NOT_OK(files_.CheckUnchanged(index_));
  run_.RecordInput({path_, "sha256:" + hash, rows, files_.SizeOf(index_)});
  return Status::OK();
}

}  // namespace tideway::dataset
