#include "core/store/started_upload.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/hash.h"

namespace tideway::store {

StartedUpload::StartedUpload(const std::string& state, const std::string& what) {
  constexpr size_t kMostBytes = 4096;
  if (state.empty() || !MakeFolders(state + "/uploads").ok()) return;
  path_ = state + "/uploads/" + Hash128Hex(what);
  fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return;
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    close(fd_);
    fd_ = -1;
    return;
  }
  id_.resize(kMostBytes);
  const ssize_t got = pread(fd_, id_.data(), id_.size(), 0);
  id_.resize(got < 0 ? 0 : static_cast<size_t>(got));
}

StartedUpload::~StartedUpload() {
  if (fd_ < 0) return;
  if (id_.empty()) unlink(path_.c_str());
  close(fd_);
}

void StartedUpload::Note(const std::string& id) {
  id_ = id;
  if (fd_ < 0) return;
  if (ftruncate(fd_, 0) != 0 || !WriteAll(fd_, id, path_).ok() || fdatasync(fd_) != 0) id_.clear();
}

void StartedUpload::Forget() { id_.clear(); }

}  // namespace tideway::store
