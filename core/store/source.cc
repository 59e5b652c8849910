#include "core/store/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tideway::store {
namespace {

class OpenFile {
 public:
  OpenFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~OpenFile() { close(fd_); }
  OpenFile(const OpenFile&) = delete;

  Result<size_t> Read(int64_t offset, char* buffer, size_t count) const {
    for (;;) {
      const ssize_t got = pread(fd_, buffer, count, offset);
      if (got > 0) return static_cast<size_t>(got);
      if (got == 0)
        return Error(ErrorKind::kIo, "store: became shorter while it was read: " + path_);
      if (errno != EINTR) return ErrnoError(errno, "store: cannot read", path_);
    }
  }

 private:
  const int fd_;
  const std::string path_;
};

}  // namespace

Result<net::Body> FileSource(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "store: cannot read", path);
  const auto file = std::make_shared<OpenFile>(fd, path);
  struct stat facts = {};
  if (fstat(fd, &facts) != 0) return ErrnoError(errno, "store: cannot read", path);
  if (!S_ISREG(facts.st_mode)) {
    return Error(ErrorKind::kUsage, "store: no file, but something else: " + path);
  }
  return net::Body{.size = facts.st_size,
                   .read = [file](int64_t offset, char* buffer, size_t count) {
                     return file->Read(offset, buffer, count);
                   }};
}

net::Body Slice(const net::Body& source, int64_t first, int64_t size) {
  return {.size = size,
          .read = [read = source.read, first, size](int64_t offset, char* buffer, size_t count) {
            const size_t left = static_cast<size_t>(std::max<int64_t>(0, size - offset));
            return read(first + offset, buffer, std::min(count, left));
          }};
}

Status ReadAll(const net::Body& source, const std::function<void(std::string_view)>& take) {
  constexpr size_t kPieceBytes = size_t{256} << 10;
  std::string piece(std::min(kPieceBytes, static_cast<size_t>(source.size)), '\0');
  for (int64_t at = 0; at < source.size;) {
    const size_t most = std::min(kPieceBytes, static_cast<size_t>(source.size - at));
    ARROW_ASSIGN_OR_RAISE(const size_t got, source.read(at, piece.data(), most));
    if (got == 0) return Error(ErrorKind::kIo, "store: the source ends too early");
    take(std::string_view(piece).substr(0, got));
    at += static_cast<int64_t>(got);
  }
  return Status::OK();
}

}  // namespace tideway::store
