#include "core/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/owner.h"

namespace tideway {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBufferBytes = 256 * 1024;
constexpr int64_t kWritebackBytes = 16 << 20;
constexpr std::string_view kTemporarySuffix = ".tideway-tmp";

std::string FolderOf(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string TemporaryFor(const std::string& path) {
  static std::atomic<int> next{0};
  // A file name may have 255 bytes; the marks around ours take less than 80.
  const std::string name = fs::path(path).filename().string().substr(0, 170);
  return fmt::format("{}/.{}.{}.{}{}", FolderOf(path), name, OwnerMark(), next++, kTemporarySuffix);
}

// Has the disk begin with what was written up to `after`, every so many bytes: left to itself, the
// kernel keeps it for seconds, and Seal() would wait for all of it. Errors are fsync's to report.
void StartWriteback(int fd, int64_t before, int64_t after) {
  const int64_t begun = before / kWritebackBytes * kWritebackBytes;
  if (after - begun < kWritebackBytes) return;
  sync_file_range(fd, begun, after - begun, SYNC_FILE_RANGE_WRITE);
}

// The owner's mark in ".<name>.<mark>.<n>.tideway-tmp", or "" when `name` is no temporary of ours.
std::string_view OwnerOfTemporary(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kTemporarySuffix)) return "";
  name.remove_suffix(kTemporarySuffix.size());
  const size_t number = name.rfind('.');
  if (number == 0 || number == name.npos) return "";
  const size_t mark = name.rfind('.', number - 1);
  if (mark == 0 || mark == name.npos) return "";
  return name.substr(mark + 1, number - mark - 1);
}

}  // namespace

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError(errno, "file: cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::OK();
}

Result<std::unique_ptr<AtomicFile>> AtomicFile::Create(std::string path, int mode) {
  std::unique_ptr<AtomicFile> file(new AtomicFile);
  file->path_ = std::move(path);
  file->temporary_path_ = TemporaryFor(file->path_);
  file->fd_ = open(file->temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file->fd_ < 0) return ErrnoError(errno, "file: cannot create", file->path_);
  file->created_ = true;
  return file;
}

std::unique_ptr<AtomicFile> AtomicFile::Adopt(std::string temporary_path, std::string path,
                                              int64_t size) {
  std::unique_ptr<AtomicFile> file(new AtomicFile);
  file->path_ = std::move(path);
  file->temporary_path_ = std::move(temporary_path);
  file->size_ = size;
  file->created_ = true;
  return file;
}

AtomicFile::~AtomicFile() {
  Close();
  if (created_ && !published_) unlink(temporary_path_.c_str());
}

void AtomicFile::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Status AtomicFile::Write(std::string_view bytes) {
  const int64_t before = size_ - static_cast<int64_t>(buffer_.size());
  size_ += static_cast<int64_t>(bytes.size());
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    RETURN_NOT_OK(WriteAll(fd_, buffer_, path_));
    buffer_.clear();
  }
  if (bytes.size() > kBufferBytes) {
    RETURN_NOT_OK(WriteAll(fd_, bytes, path_));
  } else {
    buffer_ += bytes;
  }
  StartWriteback(fd_, before, size_ - static_cast<int64_t>(buffer_.size()));
  return Status::OK();
}

Status AtomicFile::Seal() {
  RETURN_NOT_OK(WriteAll(fd_, buffer_, path_));
  std::string().swap(buffer_);  // assigning an empty one would keep its memory
  if (fsync(fd_) != 0) return ErrnoError(errno, "file: cannot sync", path_);
  Close();
  return Status::OK();
}

Status AtomicFile::Rename(std::string path) {
  path_ = std::move(path);
  return Rename();
}

Status AtomicFile::Rename() {
  if (rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return ErrnoError(errno, "file: cannot publish", path_);
  }
  published_ = true;
  return Status::OK();
}

Status AtomicFile::Publish() {
  RETURN_NOT_OK(Seal());
  RETURN_NOT_OK(Rename());
  return SyncFolder(FolderOf(path_));
}

Status WriteFileAtomic(const std::string& path, std::string_view bytes, int mode) {
  ARROW_ASSIGN_OR_RAISE(auto file, AtomicFile::Create(path, mode));
  RETURN_NOT_OK(file->Write(bytes));
  return file->Publish();
}

Result<std::string> ReadFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "file: cannot open", path);
  std::string bytes;
  ssize_t size = 0;
  do {
    const size_t filled = bytes.size();
    bytes.resize(filled + kBufferBytes);
    size = read(fd, bytes.data() + filled, kBufferBytes);
    bytes.resize(filled + static_cast<size_t>(size > 0 ? size : 0));
  } while (size > 0 || (size < 0 && errno == EINTR));
  const int read_errno = errno;
  close(fd);
  if (size < 0) return ErrnoError(read_errno, "file: cannot read", path);
  return bytes;
}

bool FileExists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string CanonicalPath(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  const fs::path canonical = fs::weakly_canonical(absolute, error);
  std::string text = (error ? absolute : canonical).string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

Status MakeFolders(const std::string& path) {
  std::vector<std::string> missing;
  for (fs::path at = path; !at.empty() && !FileExists(at.string()); at = at.parent_path()) {
    missing.push_back(at.string());
  }
  std::error_code error;
  fs::create_directories(path, error);
  // Some libraries report success on an existing file.
  if (!error && !fs::is_directory(path, error) && !error) {
    return ErrnoError(ENOTDIR, "file: cannot make folder", path);
  }
  if (error) return ErrnoError(error.value(), "file: cannot make folder", path);
  for (const std::string& made : missing) RETURN_NOT_OK(SyncFolder(FolderOf(made)));
  return Status::OK();
}

Status SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "file: cannot open folder", folder);
  const int result = fsync(fd);
  const int sync_errno = errno;
  close(fd);
  // File systems without folder sync say EINVAL; they have nothing more to give.
  if (result != 0 && sync_errno != EINVAL) {
    return ErrnoError(sync_errno, "file: cannot sync folder", folder);
  }
  return Status::OK();
}

Status RemoveAll(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return ErrnoError(error.value(), "file: cannot remove", path);
  return Status::OK();
}

Status CheckWritable(const std::string& folder) {
  struct stat info{};
  if (stat(folder.c_str(), &info) != 0)
    return ErrnoError(errno, "file: cannot open folder", folder);
  if (!S_ISDIR(info.st_mode)) return ErrnoError(ENOTDIR, "file: not a folder", folder);
  const std::string probe = TemporaryFor(folder + "/probe");
  const int fd = open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoError(errno, "file: cannot write to folder", folder);
  close(fd);
  unlink(probe.c_str());
  return Status::OK();
}

Result<int> RemoveStaleTemporaries(const std::string& folder) {
  if (folder.empty()) return RemoveStaleTemporaries(".");
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  int removed = 0;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (!OwnerIsGone(OwnerOfTemporary(name))) continue;
    if (unlink(entries->path().c_str()) == 0) ++removed;
  }
  if (error) return ErrnoError(error.value(), "file: cannot list folder", folder);
  return removed;
}

}  // namespace tideway
