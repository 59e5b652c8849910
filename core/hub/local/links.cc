#include "core/hub/local/links.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "core/base/file.h"

namespace tideway::hub {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Status SwapLink(const std::string& target, const std::string& at, const std::string& temporary) {
  RETURN_NOT_OK(Unlink(temporary));
  if (::symlink(target.c_str(), temporary.c_str()) != 0) {
    Error error = ErrnoError(errno, "hub: cannot make a link", at);
    if (errno == EPERM || errno == ENOTSUP) {
      error.Hint("a repository needs a file system with symbolic links; choose another folder");
    }
    return error;
  }
  if (::rename(temporary.c_str(), at.c_str()) != 0) {
    return ErrnoError(errno, "hub: cannot put a link in place", at);
  }
  return Status::OK();
}

Result<std::optional<std::string>> ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size >= 0) return std::string(target.data(), static_cast<size_t>(size));
  if (errno == ENOENT || errno == EINVAL || errno == ENOTDIR) return std::optional<std::string>();
  return ErrnoError(errno, "hub: cannot read a link", path);
}

Status Unlink(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return Status::OK();
  return ErrnoError(errno, "hub: cannot remove", path);
}

Status LinkOrCopy(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return Status::OK();
  if (errno == ENOENT) return ErrnoError(errno, "hub: cannot read", from);
  return CopyDurably(from, to);
}

Status CopyDurably(const std::string& from, const std::string& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (source.get() < 0) return ErrnoError(errno, "hub: cannot read", from);
  struct stat info{};
  if (::fstat(source.get(), &info) != 0) return ErrnoError(errno, "hub: cannot read", from);
  ARROW_ASSIGN_OR_RAISE(auto copy, AtomicFile::Create(to));
  std::string buffer(kCopyBytes, '\0');
  for (;;) {
    const ssize_t size = ::read(source.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return ErrnoError(errno, "hub: cannot read", from);
    if (size == 0) break;
    RETURN_NOT_OK(copy->Write(std::string_view(buffer).substr(0, static_cast<size_t>(size))));
  }
  RETURN_NOT_OK(copy->Seal());
  const std::array<timespec, 2> times = {info.st_atim, info.st_mtim};
  if (::utimensat(AT_FDCWD, copy->temporary_path().c_str(), times.data(), 0) != 0) {
    return ErrnoError(errno, "hub: cannot set the time of", to);
  }
  return copy->Rename();
}

}  // namespace tideway::hub
