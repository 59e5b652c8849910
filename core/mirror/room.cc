#include "core/mirror/room.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "core/base/memory.h"

namespace tideway::mirror {

Result<int64_t> Room::FreeBytes(const std::string& folder) {
  struct statvfs disk{};
  if (statvfs(folder.c_str(), &disk) != 0) {
    return ErrnoError(errno, "mirror: cannot tell the room", folder);
  }
  return static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
}

Status Room::Check(int64_t need, const std::string& what) const {
  ARROW_ASSIGN_OR_RAISE(const int64_t there, free(folder));
  if (there - reserve >= need) return Status::OK();
  return Error(ErrorKind::kDiskFull,
               fmt::format("mirror: no room for {}: need {}, free {}, reserve {}: {}", what,
                           FormatBytes(need), FormatBytes(there), FormatBytes(reserve), folder))
      .Hint(fmt::format("free {}, mirror into another folder, or lower `reserve`",
                        FormatBytes(need + reserve - there)));
}

}  // namespace tideway::mirror
