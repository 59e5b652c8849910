#include "core/hub/remote/range_fetch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "core/base/file.h"
#include "core/hub/remote/answer_error.h"

namespace tideway::hub {
namespace {

constexpr int kWhole = 200, kPart = 206;
constexpr int kMostExpired = 3;

}  // namespace

// Puts bytes where they belong.
class RangeFetch::Sink : public net::BodySink {
 public:
  Sink(ByteRange range, int64_t size, int fd) : rest_(range), size_(size), fd_(fd) {}

  void AskForRest(net::Headers& headers) const {
    headers.Set("Range", fmt::format("bytes={}-{}", rest_.begin, rest_.end - 1));
  }
  Status Begin(const net::Response& head) override {
    if (head.status == kWhole) gives_whole_ = true;
    if (gives_whole_) return Error(ErrorKind::kNetwork, "hub: the server gives no parts of files");
    const std::string range = head.headers.Find("Content-Range").value_or("");
    const std::string asked = fmt::format("bytes {}-{}/", rest_.begin, rest_.end - 1);
    const bool right =
        head.status == kPart && (range == asked + std::to_string(size_) || range == asked + "*");
    if (right) return Status::OK();
    return Error(ErrorKind::kNetwork,
                 fmt::format("hub: `{}{}` was asked for, and the answer is `{}`", asked, size_,
                             range))
        .Retryable();
  }
  Status Take(std::string_view bytes) override {
    if (static_cast<int64_t>(bytes.size()) > rest_.size()) {
      return Error(ErrorKind::kNetwork, "hub: more bytes come than were asked for").Retryable();
    }
    while (!bytes.empty()) {
      const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), rest_.begin);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return ErrnoError(errno, "cannot write", "a part of a file");
      rest_.begin += written;
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Status::OK();
  }
  int64_t left() const { return rest_.size(); }
  bool gives_whole() const { return gives_whole_; }

 private:
  ByteRange rest_;
  const int64_t size_;
  const int fd_;
  bool gives_whole_ = false;
};

RangeFetch::RangeFetch(Api& api, RepoId repo, std::string commit, RemoteFile file)
    : api_(api), repo_(std::move(repo)), commit_(std::move(commit)), file_(std::move(file)) {}

Status RangeFetch::Resolve(const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(Resolved now, api_.Resolve(repo_, commit_, file_.path, cancel));
  if (now.etag != HashOf(file_) || now.size != file_.size) {
    return Error(ErrorKind::kData,
                 fmt::format("hub: {} of {} is listed with {} bytes and the hash {}, but has {} "
                             "and {}",
                             file_.path, repo_.id, file_.size, HashOf(file_), now.size, now.etag))
        .Hint("a proxy or mirror between may change it; try again later");
  }
  resolved_ = std::move(now);
  return Status::OK();
}

// `anew`: the address is good no more.
Result<net::Request> RangeFetch::RequestFor(bool anew, const CancelToken& cancel) {
  std::lock_guard lock(mutex_);
  if (anew || resolved_.url.empty()) RETURN_NOT_OK(Resolve(cancel));
  net::Request request = resolved_.elsewhere ? net::Request{.method = "GET", .url = resolved_.url}
                                             : api_.RequestFor("GET", resolved_.url);
  request.compressed = false;
  request.time.first_byte_s = request.time.stall_s = api_.settings().download_timeout_s;
  return request;
}

Result<bool> RangeFetch::Fetch(ByteRange range, int fd, const CancelToken& cancel) {
  const auto sink = std::make_shared<Sink>(range, file_.size, fd);
  int expired = 0;
  while (sink->left() > 0) {
    ARROW_ASSIGN_OR_RAISE(net::Request request, RequestFor(expired > 0, cancel));
    request.sink = sink;
    request.size.body = range.size() + 1;
    request.before_try = [sink](net::Headers& headers) { sink->AskForRest(headers); };
    const int64_t before = sink->left();
    const auto response = api_.client().Send(request, cancel);
    if (sink->gives_whole()) return false;
    if (!response.ok()) {
      if (IsRetryable(response.status()) && sink->left() < before) continue;
      return response.status();
    }
    if (response->ok()) {
      if (sink->left() < before) continue;
      return Error(ErrorKind::kNetwork, "hub: no byte of what was asked for comes").Retryable();
    }
    if (IsExpired(api_.settings(), *response) && ++expired < kMostExpired) continue;
    return AnswerError({repo_, commit_, file_.path}, api_.settings(), request, *response);
  }
  return true;
}

}  // namespace tideway::hub
