#include "core/dedup/scratch_array.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace tideway::dedup {

Result<std::unique_ptr<ScratchBytes>> ScratchBytes::Make(size_t bytes, dataset::RunContext& run) {
  std::unique_ptr<ScratchBytes> made(new ScratchBytes(bytes, run.shared_budget()));
  if (bytes == 0) return made;
  if (!made->memory_.TryReserve(static_cast<int64_t>(bytes))) {
    ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run.scratch());
    RETURN_NOT_OK(made->MapFile(scratch->NewFile("array")));
    return made;
  }
  void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return Error(ErrorKind::kMemory, "dedup: no memory for an array");
  made->data_ = map;
  return made;
}

ScratchBytes::~ScratchBytes() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

// All blocks are taken at once: a page that could not be written later would be a crash.
Status ScratchBytes::MapFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoError(errno, "dedup: cannot create a scratch file", path);
  ::unlink(path.c_str());
  const int failed = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes_));
  void* map =
      failed != 0 ? MAP_FAILED : ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const int problem = failed != 0 ? failed : errno;
  ::close(fd);
  if (map == MAP_FAILED) return ErrnoError(problem, "dedup: cannot map a scratch file", path);
  data_ = map;
  return Status::OK();
}

}  // namespace tideway::dedup
