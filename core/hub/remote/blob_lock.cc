#include "core/hub/remote/blob_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"

namespace tideway::hub {
namespace {

// What threads of this process hold.
struct Held {
  std::mutex mutex;
  std::set<std::string> paths;
  static Held& Instance() {
    static Held held;
    return held;
  }
};

// Whether the open file still has its name: some clients remove lock files.
bool IsAt(int fd, const std::string& path) {
  struct stat locked{}, named{};
  return fstat(fd, &locked) == 0 && stat(path.c_str(), &named) == 0 &&
         locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

}  // namespace

std::unique_ptr<BlobLock> BlobLock::Try(const std::string& path) {
  Held& held = Held::Instance();
  std::lock_guard guard(held.mutex);
  if (!held.paths.insert(path).second) return nullptr;
  std::unique_ptr<BlobLock> lock(new BlobLock(path));
  if (lock->LockFile()) return lock;
  held.paths.erase(path);
  lock->fd_ = -2;
  return nullptr;
}

bool BlobLock::LockFile() {
  constexpr int kMode = 0664;  // as Python's: others of the group wait too
  if (!MakeFolders(path_.substr(0, path_.rfind('/'))).ok()) return true;
  for (;;) {
    const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
    if (fd < 0) {
      LogDebug("hub: no lock {}: {}", path_, std::strerror(errno));
      return true;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int problem = errno;
      close(fd);
      if (problem == EINTR) continue;
      if (problem == EWOULDBLOCK) return false;
      LogDebug("hub: no lock {}: {}", path_, std::strerror(problem));
      return true;
    }
    if (IsAt(fd, path_)) {
      fd_ = fd;
      return true;
    }
    close(fd);
  }
}

Result<std::unique_ptr<BlobLock>> BlobLock::Acquire(const std::string& path,
                                                    const std::string& what,
                                                    const CancelToken& cancel) {
  using std::chrono::seconds, std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause{50};
  const auto begun = steady_clock::now();
  auto next = begun + seconds(1);
  for (;;) {
    if (auto lock = Try(path)) return lock;
    RETURN_NOT_OK(SleepCancellable(kPause, cancel));
    const auto now = steady_clock::now();
    if (now < next) continue;
    next = now + seconds(10);
    LogInfo("hub: waiting for another program or task that is at work on {} ({} s; it holds {})",
            what, std::chrono::duration_cast<seconds>(now - begun).count(), path);
  }
}

BlobLock::~BlobLock() {
  constexpr int kNeverHeld = -2;
  if (fd_ == kNeverHeld) return;
  {
    Held& held = Held::Instance();
    std::lock_guard guard(held.mutex);
    held.paths.erase(path_);
  }
  if (fd_ >= 0) close(fd_);
}

}  // namespace tideway::hub
