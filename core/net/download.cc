#include "core/net/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <utility>

namespace tideway::net {
namespace {

constexpr int kPartial = 206, kRangeNotSatisfiable = 416;

// The file as it grows, over as many answers as it takes.
class GrowingFile : public BodySink {
 public:
  explicit GrowingFile(std::string path) : path_(std::move(path)) {}
  ~GrowingFile() override {
    if (fd_ >= 0) close(fd_);
  }

  Status Open() {
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd_ < 0 ? Status(ErrnoError(errno, "cannot write", path_)) : Status::OK();
  }
  // Asks for what is missing.
  void AskForRest(Headers& headers) const {
    if (written_ == 0 || version_.empty()) return;
    headers.Set("Range", fmt::format("bytes={}-", written_));
    headers.Set("If-Range", version_);
  }
  // Goes on from the start.
  void Forget() { version_.clear(); }

  Status Begin(const Response& head) override {
    if (head.status == kPartial) return CheckRange(head.headers);
    written_ = 0;
    version_ = VersionOf(head.headers);
    if (ftruncate(fd_, 0) != 0 || lseek(fd_, 0, SEEK_SET) != 0) {
      return ErrnoError(errno, "cannot write", path_);
    }
    return Status::OK();
  }

  Status Take(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return ErrnoError(errno, "cannot write", path_);
      bytes.remove_prefix(static_cast<size_t>(count));
      written_ += count;
    }
    return Status::OK();
  }

 private:
  Status CheckRange(const Headers& headers) {
    const std::string range = headers.Find("Content-Range").value_or("");
    if (range.starts_with(fmt::format("bytes {}-", written_))) return Status::OK();
    Forget();
    return Error(ErrorKind::kNetwork,
                 fmt::format("net: bytes from {} on were asked for, and the answer is `{}`",
                             written_, range))
        .Retryable();
  }
  static std::string VersionOf(const Headers& headers) {
    const std::string tag = headers.Find("ETag").value_or("");
    if (!tag.empty() && !tag.starts_with("W/")) return tag;
    return headers.Find("Last-Modified").value_or("");
  }

  const std::string path_;
  int fd_ = -1;
  int64_t written_ = 0;
  std::string version_;  // of what is written
};

}  // namespace

Status Download(Client& client, Request request, const std::string& path,
                const CancelToken& cancel) {
  const auto file = std::make_shared<GrowingFile>(path);
  RETURN_NOT_OK(file->Open());
  request.sink = file;
  request.compressed = false;
  request.size.body = std::numeric_limits<int64_t>::max();
  request.before_try = [file](Headers& headers) { file->AskForRest(headers); };
  ARROW_ASSIGN_OR_RAISE(Response answer, client.Send(request, cancel));
  if (answer.status == kRangeNotSatisfiable) {
    file->Forget();
    ARROW_ASSIGN_OR_RAISE(answer, client.Send(request, cancel));
  }
  return answer.ok() ? Status::OK() : Status(ErrorOf(request, answer));
}

}  // namespace tideway::net
