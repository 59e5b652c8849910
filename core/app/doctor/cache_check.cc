#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "core/app/doctor/checkup.h"
#include "core/base/file.h"
#include "core/base/owner.h"
#include "core/hub/remote/settings.h"

namespace tideway::app {
namespace {

std::string SourceOf() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"}) {
    if (!hub::ProcessVariable(name).value_or("").empty()) return name;
  }
  return "the default";
}

// An open file, closed at the end.
struct OpenFile {
  explicit OpenFile(const std::string& path, int flags)
      : fd(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd >= 0) close(fd);
  }
  OpenFile(const OpenFile&) = delete;
  const int fd;
};

// Whether a lock in `folder` keeps a second one out, as not all network file systems do.
bool LocksWork(const std::string& folder) {
  const std::string path = fmt::format("{}/.doctor.{}.tideway-tmp", folder, OwnerMark());
  const OpenFile first(path, O_RDWR | O_CREAT | O_EXCL), second(path, O_RDWR);
  unlink(path.c_str());
  if (first.fd < 0 || second.fd < 0 || flock(first.fd, LOCK_EX | LOCK_NB) != 0) return false;
  return flock(second.fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

Finding CheckCache(const DoctorOptions&, const CancelToken&) {
  ARROW_ASSIGN_OR_RAISE(const hub::Settings settings, hub::Settings::Read(hub::ProcessVariable));
  ARROW_ASSIGN_OR_RAISE(const std::string nearest, NearestFolder(settings.cache));
  const Status writable = CheckWritable(nearest);
  if (!writable.ok()) {
    return Error(KindOf(writable), writable.message())
        .Hint(fmt::format("set HF_HUB_CACHE to a folder that can be written; {} is of {}",
                          settings.cache, SourceOf()));
  }
  return fmt::format("{} (of {}) can be written, {}", settings.cache, SourceOf(),
                     LocksWork(nearest)
                         ? "locks work"
                         : "locks do not work: two programs may fetch one file twice");
}

}  // namespace tideway::app
