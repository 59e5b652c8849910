#include "core/hub/remote/upload_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tideway::hub {
namespace {

constexpr int64_t kPiece = 1 << 20;

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

Result<UploadFile> UploadFile::Of(const CommitOperation& operation) {
  UploadFile file{.path = operation.path,
                  .source = operation.source,
                  .bytes = operation.bytes,
                  .sha256 = operation.sha256,
                  .size = operation.sent_size,
                  .sent = operation.sent_size > 0};
  if (file.sent) return file;
  if (file.source.empty()) {
    file.size = static_cast<int64_t>(file.bytes.size());
    file.sha256 = Sha256Hex(file.bytes);
    return file;
  }
  struct stat found{};
  if (stat(file.source.c_str(), &found) != 0) {
    return ErrnoError(errno, "hub: cannot read", file.source);
  }
  file.size = found.st_size;
  return file;
}

Result<std::string> GitBlobOf(const UploadFile& file) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, FileBytes::Open(file));
  return bytes->Hash(GitBlob(file.size), 0, file.size, [] { return Status::OK(); });
}

Result<std::shared_ptr<const FileBytes>> FileBytes::Open(const UploadFile& file) {
  std::shared_ptr<FileBytes> bytes(new FileBytes(file));
  if (file.sent) {
    return Error(ErrorKind::kNetwork,
                 "the Hub has lost it since it was sent, and it is kept nowhere else")
        .Hint("push again");
  }
  if (file.source.empty()) return bytes;
  bytes->fd_ = open(file.source.c_str(), O_RDONLY | O_CLOEXEC);
  if (bytes->fd_ < 0 || fstat(bytes->fd_, &bytes->opened_) != 0) {
    return ErrnoError(errno, "hub: cannot read", file.source);
  }
  if (bytes->opened_.st_size != file.size) return bytes->Changed();
  return bytes;
}

FileBytes::~FileBytes() {
  if (fd_ >= 0) close(fd_);
}

Status FileBytes::Changed() const {
  return Error(ErrorKind::kConflict,
               fmt::format("hub: the file of {} changed while it was sent: {}", file_.path,
                           file_.source.empty() ? "a text" : file_.source))
      .Hint("let nothing write to it until the push has ended, then push again");
}

Result<size_t> FileBytes::ReadAt(int64_t offset, char* buffer, size_t count) const {
  if (fd_ < 0) return file_.bytes.copy(buffer, count, static_cast<size_t>(offset));
  for (;;) {
    const ssize_t got = pread(fd_, buffer, count, offset);
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0) return Changed();
    if (errno != EINTR) return ErrnoError(errno, "hub: cannot read", file_.source);
  }
}

net::Body FileBytes::Slice(int64_t first, int64_t size) const {
  return {.size = size,
          .read = [self = shared_from_this(), first, size](int64_t offset, char* buffer,
                                                           size_t count) -> Result<size_t> {
            const auto left = static_cast<size_t>(std::max<int64_t>(size - offset, 0));
            if (left == 0) return 0;
            return self->ReadAt(first + offset, buffer, std::min(count, left));
          }};
}

Result<std::string> FileBytes::Read(int64_t first, int64_t size) const {
  std::string text(static_cast<size_t>(size), '\0');
  for (size_t at = 0; at < text.size();) {
    ARROW_ASSIGN_OR_RAISE(const size_t got, ReadAt(first + static_cast<int64_t>(at),
                                                   text.data() + at, text.size() - at));
    at += got;
  }
  return text;
}

Result<std::string> FileBytes::Hash(Hasher hasher, int64_t first, int64_t size,
                                    const std::function<Status()>& check) const {
  for (int64_t at = 0; at < size; at += kPiece) {
    RETURN_NOT_OK(check());
    ARROW_ASSIGN_OR_RAISE(const std::string piece, Read(first + at, std::min(kPiece, size - at)));
    hasher.Update(piece);
  }
  return hasher.Finish();
}

Status FileBytes::CheckHash(const std::function<Status()>& check) const {
  if (file_.own) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string hash, Hash(Sha256(), 0, file_.size, check));
  return hash == file_.sha256 ? Status::OK() : Changed();
}

Status FileBytes::CheckUntouched() const {
  if (fd_ < 0) return Status::OK();
  struct stat now{};
  if (fstat(fd_, &now) != 0) return ErrnoError(errno, "hub: cannot read", file_.source);
  const bool same = now.st_size == opened_.st_size && SameTime(now.st_mtim, opened_.st_mtim);
  return same ? Status::OK() : Changed();
}

}  // namespace tideway::hub
