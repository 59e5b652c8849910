// One fetcher at a time for a blob, over threads and processes, by the lock files that Python's
// client uses too.
//
//   ARROW_ASSIGN_OR_RAISE(const auto lock, BlobLock::Acquire(path, "data/a.parquet", cancel));
//
// It saves bytes, no more: blobs grow under names of their own and are renamed, so that they are
// right also where flock lies (some network file systems), is missing, or the folder is read-only.
// Threads of this process exclude each other everywhere. The system lets go of what a killed
// process held. Threads: any.
#pragma once

#include <memory>
#include <string>

#include "core/base/cancel.h"

namespace tideway::hub {

class BlobLock {
 public:
  // Null when somebody else holds it. The file's folder is made where it is not there.
  static std::unique_ptr<BlobLock> Try(const std::string& path);
  // Waits for it, and tells so after a second and then every ten: `what` is what another fetches.
  // Errors: interrupted.
  static Result<std::unique_ptr<BlobLock>> Acquire(const std::string& path, const std::string& what,
                                                   const CancelToken& cancel);
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
