// One writer at a time in a local repository: a file locked with flock, which the system lets go of
// when its holder dies, so that no lock outlives a killed push.
//
//   ARROW_ASSIGN_OR_RAISE(auto lock, FolderLock::Acquire(path, std::chrono::seconds(30)));
//
// Where the file system has no such locks (ENOLCK, ENOTSUP) it is taken as free: the check of the
// commit's parent remains. Thread safety: two threads that acquire the same path exclude each
// other.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/base/error.h"

namespace tideway::hub {

class FolderLock {
 public:
  // Waits up to `patience`; then an error of kind conflict that names the holder's process. Error
  // of kind not_found when the file's folder is not there, also when another removes it meanwhile.
  static Result<std::unique_ptr<FolderLock>> Acquire(const std::string& path,
                                                     std::chrono::milliseconds patience);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  // Whether the locked file still has its name: its last holder may have removed the repository.
  bool IsAt(const std::string& path) const;

  int fd_;
};

}  // namespace tideway::hub
