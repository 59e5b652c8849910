#include "core/limiter/shared_numbers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "core/base/boot_id.h"
#include "core/base/hash.h"

namespace tideway::limiter {
Result<std::string> SharedNumbers::Folder() {
  const char* named = std::getenv("TIDEWAY_LIMITS");
  const bool is_named = named != nullptr && *named != '\0';
  const std::string folder = is_named ? named : fmt::format("/tmp/tideway-{}", getuid());
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoError(errno, "cannot make", folder);
  }
  struct stat info{};
  if (lstat(folder.c_str(), &info) != 0) return ErrnoError(errno, "cannot read", folder);
  if (!S_ISDIR(info.st_mode) || info.st_uid != getuid() || (info.st_mode & 0022) != 0) {
    return Error(ErrorKind::kAuth, "limiter: others may write here: " + folder)
        .Hint("remove it, or set TIDEWAY_LIMITS to a folder of your own");
  }
  return folder;
}

Result<std::unique_ptr<SharedNumbers>> SharedNumbers::Open(const std::string& folder,
                                                           const std::string& name, size_t count) {
  static const std::string boot = BootId();
  const std::string path =
      fmt::format("{}/limit-{}", folder, Hash128Hex(fmt::format("{}\n{}\n{}", boot, count, name)));
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return ErrnoError(errno, "cannot open", path);
  return std::unique_ptr<SharedNumbers>(new SharedNumbers(fd, path, count));
}

SharedNumbers::~SharedNumbers() { close(fd_); }

Status SharedNumbers::Change(const std::function<void(std::span<int64_t>)>& change) {
  std::lock_guard lock(mutex_);
  while (flock(fd_, LOCK_EX) != 0) {
    if (errno != EINTR) return ErrnoError(errno, "cannot lock", path_);
  }
  const auto unlock = [this](Status status) {
    flock(fd_, LOCK_UN);
    return status;
  };
  std::vector<int64_t> numbers(count_);
  const auto bytes = static_cast<ssize_t>(count_ * sizeof(int64_t));
  const ssize_t read = pread(fd_, numbers.data(), static_cast<size_t>(bytes), 0);
  if (read < 0) return unlock(ErrnoError(errno, "cannot read", path_));
  if (read != bytes) numbers.assign(count_, 0);
  change(numbers);
  const ssize_t written = pwrite(fd_, numbers.data(), static_cast<size_t>(bytes), 0);
  if (written < 0) return unlock(ErrnoError(errno, "cannot write", path_));
  if (written != bytes) return unlock(ErrnoError(ENOSPC, "cannot write", path_));
  return unlock(Status::OK());
}

}  // namespace tideway::limiter
