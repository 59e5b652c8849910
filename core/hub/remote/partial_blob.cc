#include "core/hub/remote/partial_blob.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "core/base/file.h"

namespace tideway::hub {
namespace {

constexpr int kPartial = 206;
// What is read back to be hashed at once; and how much has to be there before somebody is woken.
constexpr size_t kBuffer = 256 << 10;
constexpr int64_t kWorthWaking = 1 << 20;
constexpr std::chrono::milliseconds kLook{50};

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
  const off_t size = lseek(fd_, 0, SEEK_END);
  if (size < 0) return ErrnoError(errno, "cannot read", path_);
  if (size > size_) return Restart();
  written_ = size;
  Tell(size);
  return Status::OK();
}

int64_t PartialBlob::unhashed() {
  std::lock_guard lock(hashing_);
  return written_ - hashed_;
}

Status PartialBlob::HashSome() {
  std::lock_guard lock(hashing_);
  const int64_t left = written_ - hashed_;
  if (left <= 0) return Status::OK();
  buffer_.resize(std::min(kBuffer, static_cast<size_t>(left)));  // most are small
  const ssize_t count = pread(fd_, buffer_.data(), buffer_.size(), hashed_);
  if (count < 0 && errno == EINTR) return Status::OK();
  if (count <= 0) return ErrnoError(count < 0 ? errno : EIO, "cannot read", path_);
  hash_.Update({buffer_.data(), static_cast<size_t>(count)});
  hashed_ += count;
  return Status::OK();
}

Status PartialBlob::HashUntil(const std::function<bool()>& done) {
  for (bool ended = false; !ended;) {
    {
      std::unique_lock lock(mutex_);
      came_.wait_for(lock, kLook, [&] { return done() || unhashed() >= kWorthWaking; });
      ended = done();
    }
    while (unhashed() > 0) RETURN_NOT_OK(HashSome());
  }
  return Status::OK();
}

void PartialBlob::Wake() {
  std::lock_guard lock(mutex_);
  came_.notify_all();
}

Status PartialBlob::Restart() {
  std::lock_guard lock(hashing_);
  hash_.Restart();
  hashed_ = 0;
  Tell(-written_);
  written_ = 0;
  told_ = 0;
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
  RETURN_NOT_OK(WriteAll(fd_, bytes, path_));
  written_ += static_cast<int64_t>(bytes.size());
  Tell(static_cast<int64_t>(bytes.size()));
  if (written_ - told_ >= kWorthWaking) {
    told_ = written_.load();
    Wake();
  }
  return Status::OK();
}

Result<bool> PartialBlob::IsWhole() {
  RETURN_NOT_OK(HashUntil([] { return true; }));
  if (written_ == size_ && hash_.Matches()) return true;
  RETURN_NOT_OK(Restart());
  return false;
}

}  // namespace tideway::hub
