#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "core/app/doctor/checkup.h"
#include "core/app/paths.h"
#include "core/base/memory.h"
#include "core/hub/remote/settings.h"

namespace tideway::app {
namespace {

struct Disk {
  std::string folder;
  dev_t device = 0;
  int64_t free_bytes = 0;
  bool has_names = true;  // more files can be made
};

Result<Disk> DiskOf(const std::string& path) {
  Disk disk;
  ARROW_ASSIGN_OR_RAISE(disk.folder, NearestFolder(path));
  struct statvfs space{};
  struct stat info{};
  if (statvfs(disk.folder.c_str(), &space) != 0 || stat(disk.folder.c_str(), &info) != 0) {
    return ErrnoError(errno, "doctor: cannot tell the free space", disk.folder);
  }
  disk.device = info.st_dev;
  disk.free_bytes = static_cast<int64_t>(space.f_bavail * space.f_frsize);
  disk.has_names = space.f_files == 0 || space.f_favail > 0;
  return disk;
}

// `use`: what is kept there; `variable`: that moves it.
Finding Judge(const Disk& disk, const char* use, const char* variable, int64_t reserve_bytes) {
  const std::string free = FormatBytes(disk.free_bytes);
  if (!disk.has_names) {
    return Error(ErrorKind::kDiskFull,
                 fmt::format("doctor: no inodes are left for the {}: {}", use, disk.folder))
        .Hint(fmt::format("remove files, or set {} to another disk", variable));
  }
  if (disk.free_bytes >= reserve_bytes) return fmt::format("{} free for the {}", free, use);
  return Error(ErrorKind::kDiskFull,
               fmt::format("doctor: {} free for the {}, less than the reserve of {}: {}", free, use,
                           FormatBytes(reserve_bytes), disk.folder))
      .Hint(
          fmt::format("free some, set {} to another disk, or give a smaller --reserve", variable));
}

}  // namespace

Finding CheckDisk(const DoctorOptions& options, const CancelToken&) {
  ARROW_ASSIGN_OR_RAISE(const hub::Settings settings, hub::Settings::Read(hub::ProcessVariable));
  ARROW_ASSIGN_OR_RAISE(const Disk cache, DiskOf(settings.cache));
  ARROW_ASSIGN_OR_RAISE(const Disk scratch, DiskOf(StateFolder(".") + "/scratch"));
  if (cache.device == scratch.device) {
    return Judge(cache, "cache and scratch files", "HF_HOME and TIDEWAY_HOME",
                 options.reserve_bytes);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string of_cache,
                        Judge(cache, "cache", "HF_HUB_CACHE", options.reserve_bytes));
  ARROW_ASSIGN_OR_RAISE(const std::string of_scratch,
                        Judge(scratch, "scratch files", "TIDEWAY_HOME", options.reserve_bytes));
  return of_cache + ", " + of_scratch;
}

}  // namespace tideway::app
