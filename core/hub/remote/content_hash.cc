#include "core/hub/remote/content_hash.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "core/hub/remote/repo_id.h"

namespace tideway::hub {
namespace {

Hasher HasherFor(const std::string& expected, int64_t size) {
  constexpr size_t kSha1Digits = 40;
  if (expected.size() == kSha1Digits) return GitBlob(size);
  return Sha256();
}

}  // namespace

ContentHash::ContentHash(std::string expected, int64_t size)
    : expected_(std::move(expected)), size_(size), hasher_(HasherFor(expected_, size)) {}

bool ContentHash::Matches() {
  const std::string found = hasher_.Finish();
  return found == expected_ || !IsContentHash(expected_);
}

Result<bool> FileHasContent(const std::string& path, const std::string& expected, int64_t size,
                            const std::function<Status(int64_t bytes)>& check) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return false;
  if (fd < 0) return ErrnoError(errno, "hub: cannot read", path);
  struct Closer {
    int fd;
    ~Closer() { close(fd); }
  } const closer{fd};
  struct stat found{};
  if (fstat(fd, &found) != 0) return ErrnoError(errno, "hub: cannot read", path);
  if (!S_ISREG(found.st_mode) || found.st_size != size) return false;
  ContentHash hash(expected, size);
  std::vector<char> buffer(1 << 20);
  for (int64_t all = 0;;) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError(errno, "hub: cannot read", path);
    if (count == 0) return all == size && hash.Matches();
    hash.Update({buffer.data(), static_cast<size_t>(count)});
    all += count;
    if (check) RETURN_NOT_OK(check(count));
  }
}

void ContentHash::Restart() { hasher_ = HasherFor(expected_, size_); }

}  // namespace tideway::hub
