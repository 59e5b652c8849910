#include "core/hub/remote/range_fetch.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/hub/remote/answer_error.h"
#include "core/net/range_sink.h"

namespace tideway::hub {
namespace {

constexpr int kMostExpired = 3;

}  // namespace

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
  const auto sink = std::make_shared<net::RangeSink>("hub", range, file_.size,
                                                     net::WriteToFile(fd, "a part of a file"));
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
