#include "core/store/started_download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "core/base/boot_id.h"

namespace tideway::store {
namespace {

// ".<name>.<kind>.tideway-tmp" beside `path`.
std::string Beside(const std::string& path, const char* kind) {
  constexpr size_t kMostOfName = 170;
  const size_t slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "" : path.substr(0, slash + 1);
  const std::string name = path.substr(folder.size(), kMostOfName);
  return fmt::format("{}.{}.{}.tideway-tmp", folder, name, kind);
}

}  // namespace

StartedDownload::StartedDownload(const std::string& path, const std::string& what,
                                 int64_t part_bytes, int64_t size)
    : path_(path),
      head_(fmt::format("{} {} {}\n", BootId(), what, path)),
      part_bytes_(part_bytes),
      size_(size),
      bytes_path_(Beside(path, "part")),
      notes_path_(Beside(path, "parts")),
      has_(static_cast<size_t>((size + part_bytes - 1) / part_bytes)) {
  constexpr int kTries = 10;  // each other time somebody else ended between opening and locking
  for (int i = 0; i < kTries && notes_ < 0; ++i) {
    notes_ = open(notes_path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (notes_ < 0 || Lock()) return;
    close(notes_);
    notes_ = -1;
  }
}

bool StartedDownload::Lock() {
  struct stat ours = {}, named = {};
  return flock(notes_, LOCK_EX | LOCK_NB) == 0 && fstat(notes_, &ours) == 0 &&
         stat(notes_path_.c_str(), &named) == 0 && ours.st_ino == named.st_ino;
}

StartedDownload::~StartedDownload() {
  if (fd_ >= 0) close(fd_);
  if (notes_ >= 0) close(notes_);
}

Status StartedDownload::Begin(AtomicFile& first) {
  const auto notes = ReadFile(notes_path_);
  if (notes.ok() && notes->starts_with(head_)) {
    fd_ = open(bytes_path_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ >= 0) ReadNotes(notes->substr(head_.size()));
  }
  if (fd_ >= 0) return Status::OK();
  if (rename(first.temporary_path().c_str(), bytes_path_.c_str()) != 0) {
    return ErrnoError(errno, "store: cannot write", bytes_path_);
  }
  first.Leave();
  fd_ = open(bytes_path_.c_str(), O_RDWR | O_CLOEXEC);
  if (fd_ < 0) return ErrnoError(errno, "store: cannot write", bytes_path_);
  if (ftruncate(notes_, 0) != 0) return ErrnoError(errno, "store: cannot write", notes_path_);
  RETURN_NOT_OK(WriteAll(notes_, head_, notes_path_));
  Note(0);
  return Status::OK();
}

void StartedDownload::ReadNotes(const std::string& text) {
  struct stat facts = {};
  if (fstat(fd_, &facts) != 0) return;
  for (size_t at = 0, end; (end = text.find('\n', at)) != text.npos; at = end + 1) {
    size_t part = 0;
    const auto [rest, code] = std::from_chars(text.data() + at, text.data() + end, part);
    const bool whole = code == std::errc() && rest == text.data() + end && end > at;
    if (!whole || part >= has_.size()) continue;
    const int64_t end_of_part = std::min(part_bytes_ * static_cast<int64_t>(part + 1), size_);
    if (facts.st_size >= end_of_part) has_[part] = 1;
  }
}

void StartedDownload::Note(size_t part) {
  has_[part] = 1;
  // The disk begins with it now, so that there is little left to wait for at the end.
  sync_file_range(fd_, part_bytes_ * static_cast<int64_t>(part), part_bytes_,
                  SYNC_FILE_RANGE_WRITE);
  std::lock_guard lock(mutex_);
  static_cast<void>(WriteAll(notes_, std::to_string(part) + "\n", notes_path_));
}

Status StartedDownload::Publish() {
  if (fsync(fd_) != 0) return ErrnoError(errno, "store: cannot sync", bytes_path_);
  if (rename(bytes_path_.c_str(), path_.c_str()) != 0) {
    return ErrnoError(errno, "store: cannot publish", path_);
  }
  unlink(notes_path_.c_str());
  const size_t slash = path_.rfind('/');
  return SyncFolder(slash == path_.npos ? "." : path_.substr(0, slash + 1));
}

void StartedDownload::Forget() {
  unlink(bytes_path_.c_str());
  unlink(notes_path_.c_str());
}

}  // namespace tideway::store
