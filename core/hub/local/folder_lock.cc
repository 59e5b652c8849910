#include "core/hub/local/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "core/base/host_name.h"

namespace tideway::hub {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

constexpr auto kPause = std::chrono::milliseconds(10);

// "4711 on build-3".
std::string Self() { return fmt::format("{} on {}", ::getpid(), HostName()); }

std::string Holder(int fd) {
  std::array<char, 512> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<size_t>(size)) : "unknown";
}

// Best effort: only the text of another writer's error depends on it.
void WriteHolder(int fd) {
  const std::string self = Self();
  if (::ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(fd, self.data(), self.size(), 0);
}

// Waits until this process holds the lock of the open file, up to `deadline`.
Status WaitForLock(int fd, const std::string& path, Deadline deadline) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == ENOLCK || errno == ENOTSUP) break;
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrnoError(errno, "hub: cannot lock", path);
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error(ErrorKind::kConflict,
                   fmt::format("hub: another push holds the repository: process {}", Holder(fd)))
          .Hint("wait for it to end, then push again")
          .Retryable();
    }
    std::this_thread::sleep_for(kPause);
  }
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<FolderLock>> FolderLock::Acquire(const std::string& path,
                                                        std::chrono::milliseconds patience) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return ErrnoError(errno, "hub: cannot lock", path);
    std::unique_ptr<FolderLock> lock(new FolderLock(fd));
    RETURN_NOT_OK(WaitForLock(fd, path, deadline));
    if (!lock->IsAt(path)) continue;
    WriteHolder(fd);
    return lock;
  }
}

bool FolderLock::IsAt(const std::string& path) const {
  struct stat locked{}, named{};
  return ::fstat(fd_, &locked) == 0 && ::stat(path.c_str(), &named) == 0 &&
         locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace tideway::hub
