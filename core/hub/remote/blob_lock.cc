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
                                                    const CancelToken& cancel, const Watch& watch) {
  constexpr double kPause_s = 0.05, kTellAfter_s = 1, kTellEvery_s = 10;
  const auto begun = watch.clock.Monotonic();
  const auto waited_s = [&] {
    return std::chrono::duration<double>(watch.clock.Monotonic() - begun).count();
  };
  int64_t seen = watch.progress ? watch.progress() : 0;
  double seen_s = 0;
  for (double next_s = kTellAfter_s;;) {
    if (auto lock = Try(path)) return lock;
    RETURN_NOT_OK(watch.patience.Pause(kPause_s, cancel));
    const double now_s = waited_s();
    if (now_s < next_s) continue;
    next_s = now_s + kTellEvery_s;
    const int64_t progress = watch.progress ? watch.progress() : 0;
    if (std::exchange(seen, progress) != progress) seen_s = now_s;
    if (watch.progress && now_s - seen_s >= watch.still_s) {
      LogWarn("hub: who holds {} has got nothing of {} for {:.0f} s: goes on without waiting", path,
              what, now_s - seen_s);
      return std::unique_ptr<BlobLock>();
    }
    LogInfo(
        "hub: waiting for another program or task that is at work on {} ({:.0f} s; it holds {})",
        what, now_s, path);
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
