#include "core/hub/remote/partial_blob.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "core/base/file.h"

namespace tideway::hub {
namespace {

constexpr int kPartial = 206;

}  // namespace

PartialBlob::PartialBlob(std::string hash, int64_t size, Transfer* transfer)
    : hash_(std::move(hash), size), size_(size), transfer_(transfer) {}

void PartialBlob::Tell(int64_t bytes) const {
  if (transfer_ != nullptr) transfer_->AddBytes(bytes);
}

PartialBlob::~PartialBlob() {
  if (fd_ < 0) return;
  close(fd_);
  if (!kept_ && written_ == 0) unlink(path_.c_str());
}

Status PartialBlob::Open(const std::string& path, const std::string& leftover) {
  path_ = path;
  const bool taken = !leftover.empty() && rename(leftover.c_str(), path.c_str()) == 0;
  fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (taken ? 0 : O_EXCL), 0666);
  if (fd_ < 0) return ErrnoError(errno, "cannot write", path);
  return taken ? ReadOn() : Status::OK();
}

// What is there already counts as received.
Status PartialBlob::ReadOn() {
  std::vector<char> buffer(1 << 20);
  for (;;) {
    const ssize_t count = read(fd_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError(errno, "cannot read", path_);
    if (count == 0) return Status::OK();
    if (written_ + count > size_) return Restart();
    hash_.Update({buffer.data(), static_cast<size_t>(count)});
    written_ += count;
    Tell(count);
  }
}

Status PartialBlob::Restart() {
  hash_.Restart();
  Tell(-written_);
  written_ = 0;
  if (ftruncate(fd_, 0) == 0 && lseek(fd_, 0, SEEK_SET) == 0) return Status::OK();
  return ErrnoError(errno, "cannot write", path_);
}

void PartialBlob::AskForRest(net::Headers& headers) const {
  if (written_ > 0) headers.Set("Range", fmt::format("bytes={}-", written_));
}

Status PartialBlob::Begin(const net::Response& head) {
  if (head.status != kPartial) return written_ == 0 ? Status::OK() : Restart();
  const std::string range = head.headers.Find("Content-Range").value_or("");
  const bool of_this = range == fmt::format("bytes {}-{}/{}", written_, size_ - 1, size_) ||
                       range == fmt::format("bytes {}-{}/*", written_, size_ - 1);
  if (of_this) return Status::OK();
  const int64_t asked = written_;
  RETURN_NOT_OK(Restart());
  return Error(ErrorKind::kNetwork,
               fmt::format("hub: bytes from {} on of {} were asked for, and the answer is `{}`",
                           asked, size_, range))
      .Retryable();
}

Status PartialBlob::Take(std::string_view bytes) {
  if (written_ + static_cast<int64_t>(bytes.size()) > size_) {
    RETURN_NOT_OK(Restart());
    return Error(ErrorKind::kNetwork, fmt::format("hub: more than the {} bytes come", size_))
        .Retryable();
  }
  hash_.Update(bytes);
  RETURN_NOT_OK(WriteAll(fd_, bytes, path_));
  written_ += static_cast<int64_t>(bytes.size());
  Tell(static_cast<int64_t>(bytes.size()));
  return Status::OK();
}

Result<bool> PartialBlob::IsWhole() {
  if (written_ == size_ && hash_.Matches()) return true;
  RETURN_NOT_OK(Restart());
  return false;
}

}  // namespace tideway::hub
