// One fetcher at a time for a blob, over threads and processes, by the lock files that Python's
// client uses too.
//
//   ARROW_ASSIGN_OR_RAISE(const auto lock, BlobLock::Acquire(path, "data/a.parquet", cancel));
//
// It saves bytes, no more, so that nobody waits for ever for one who has stopped: blobs grow under
// names of their own and are renamed, so that they are right also where flock lies (some network
// file systems), is missing, or the folder is read-only. Threads of this process exclude each other
// everywhere. The system lets go of what a killed process held. Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

class BlobLock {
 public:
  // Null when somebody else holds it. The file's folder is made where it is not there.
  static std::unique_ptr<BlobLock> Try(const std::string& path);
  // How to tell whether who holds it is at work.
  struct Watch {
    // A number that changes while it is, such as bytes on the disk. Empty: nobody can tell, and the
    // wait has no end.
    std::function<int64_t()> progress = {};
    double still_s = 300;  // without a change, after which there is no waiting any more
    const Clock& clock = SystemClock();
    Patience patience = {};
  };
  // Waits for it, and tells so after a second and then every ten: `what` is what another fetches.
  // Null, with a warning, where the holder does nothing. Errors: interrupted.
  static Result<std::unique_ptr<BlobLock>> Acquire(const std::string& path, const std::string& what,
                                                   const CancelToken& cancel, const Watch& watch);
  ~BlobLock();
  BlobLock(const BlobLock&) = delete;

 private:
  explicit BlobLock(std::string path) : path_(std::move(path)) {}
  // False: another process has it.
  bool LockFile();

  const std::string path_;
  int fd_ = -1;
};

}  // namespace tideway::hub
