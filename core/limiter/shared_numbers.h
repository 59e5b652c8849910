// A few numbers that processes of one machine share by a name: a file that is locked while they are
// changed. The kernel gives the lock back when a process dies, and a change is one write.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "core/base/error.h"

namespace tideway::limiter {

class SharedNumbers {
 public:
  // The folder of this machine and user, made where it is not there: $TIDEWAY_LIMITS, else
  // /tmp/tideway-<uid>, which a login session, cron and a service have in common (they do not share
  // XDG_RUNTIME_DIR). Errors: auth, when it belongs to somebody else; io.
  static Result<std::string> Folder();
  // In a new file, or one of an earlier start of the machine, all are 0.
  static Result<std::unique_ptr<SharedNumbers>> Open(const std::string& folder,
                                                     const std::string& name, size_t count);
  ~SharedNumbers();
  SharedNumbers(const SharedNumbers&) = delete;

  // Calls `change` with the numbers, which are kept as it leaves them. Errors: io, disk_full.
  Status Change(const std::function<void(std::span<int64_t>)>& change);

 private:
  SharedNumbers(int fd, std::string path, size_t count)
      : fd_(fd), path_(std::move(path)), count_(count) {}

  const int fd_;
  const std::string path_;
  const size_t count_;
  std::mutex mutex_;  // flock is of the open file, not of the thread
};

}  // namespace tideway::limiter
