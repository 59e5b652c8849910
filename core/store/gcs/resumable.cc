#include "core/store/gcs/resumable.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/secret.h"
#include "core/store/gcs/whole_upload.h"
#include "core/store/source.h"
#include "core/store/started_upload.h"

namespace tideway::store {
namespace {

// A multiple of 256 KiB. Of a chunk that breaks off Google keeps what came, other servers nothing.
constexpr int64_t kChunkBytes = int64_t{256} << 20;
constexpr int kIncomplete = 308, kPrecondition = 412, kGone = 404, kGoneToo = 410;
constexpr int kMostFailures = 5;

class Upload {
 public:
  Upload(GcsClient& client, const std::string& key, const net::Body& source,
         const PutOptions& options, const std::string& crc32c)
      : client_(client),
        key_(key),
        source_(source),
        options_(options),
        crc32c_(crc32c),
        started_(client.options().state,
                 fmt::format("{}\n{}\n{}\n{}\n{}\n{}", client.UrlOf("", key), source.size, crc32c,
                             options.content_type, options.if_absent, options.replaces)) {}

  Result<nlohmann::json> Run(const CancelToken& cancel) {
    if (started_.id().empty()) RETURN_NOT_OK(Begin(cancel));
    RegisterSecret(started_.id());
    auto done = SendAll(cancel);
    const ErrorKind kind = done.ok() ? ErrorKind::kInternal : KindOf(done.status());
    const bool goes_on = kind == ErrorKind::kInterrupted || kind == ErrorKind::kNetwork ||
                         kind == ErrorKind::kTimeout;
    if (!goes_on) started_.Forget();
    return done;
  }

 private:
  Status Begin(const CancelToken& cancel) {
    GcsClient::Parameters parameters{{"uploadType", "resumable"}, {"name", key_}};
    if (options_.if_absent) parameters.emplace_back("ifGenerationMatch", "0");
    if (!options_.replaces.empty()) {
      parameters.emplace_back("ifGenerationMatch", options_.replaces);
    }
    const nlohmann::json facts = FactsToPut(key_, options_.content_type, crc32c_);
    net::Request request{.method = "POST",
                         .url = client_.UrlOf("/upload/storage/v1", "", parameters),
                         .headers = {{"Content-Type", "application/json; charset=UTF-8"},
                                     {"X-Upload-Content-Type", facts["contentType"]},
                                     {"X-Upload-Content-Length", std::to_string(source_.size)}},
                         .body = net::Body::Of(facts.dump())};
    request.idempotent = true;  // one that nobody goes on with is forgotten
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_.Send(request, cancel));
    if (response.status == kPrecondition) return Refused();
    const auto location = response.headers.Find("Location");
    if (!response.ok()) return client_.ErrorOf(request, "", response);
    if (!location) return Error(ErrorKind::kData, "store: an upload began without an address");
    ARROW_ASSIGN_OR_RAISE(const net::Origin home, net::OriginOf(client_.endpoint()));
    ARROW_ASSIGN_OR_RAISE(const net::Origin given, net::OriginOf(*location));
    if (home.scheme == "https" && given.scheme != "https") {
      return Error(ErrorKind::kData, "store: an upload began at an address without TLS");
    }
    started_.Note(*location);
    address_ = *location;
    is_new_ = true;
    return Status::OK();
  }

  Result<nlohmann::json> SendAll(const CancelToken& cancel) {
    if (address_.empty()) address_ = started_.id();
    bool ask = !is_new_;
    int64_t next = 0;
    for (int failures = 0;;) {
      RETURN_NOT_OK(cancel.Check());
      net::Request request = ask ? Question() : Chunk(next);
      const auto response = client_.Send(request, cancel);
      const bool lost =
          !response.ok() ? IsRetryable(response.status()) : request.retry.Tries(response->status);
      if (lost && ++failures < kMostFailures) {
        RETURN_NOT_OK(client_.Pause(failures, cancel));
        ask = true;
        continue;
      }
      RETURN_NOT_OK(response.status());
      if (response->status == kIncomplete) {
        const int64_t now = Received(*response);
        if (now > next) failures = 0;
        if (now <= next && !ask && ++failures >= kMostFailures) {
          return Error(ErrorKind::kNetwork, "store: an upload does not go on").Retryable();
        }
        next = now;
        ask = false;
        continue;
      }
      if ((response->status == kGone || response->status == kGoneToo) && !is_new_) {
        RETURN_NOT_OK(Begin(cancel));
        next = 0;
        ask = false;
        continue;
      }
      if (response->status == kPrecondition) return Refused();
      if (!response->ok()) return client_.ErrorOf(request, "", *response);
      return nlohmann::json::parse(response->body, nullptr, false);
    }
  }

  Error Refused() const {
    return options_.if_absent ? ObjectExists(client_.uri(), key_)
                              : ObjectReplaced(client_.uri(), key_);
  }

  net::Request Put(net::Body body, const std::string& range) const {
    net::Request request{.method = "PUT", .url = address_, .body = std::move(body)};
    request.headers.Set("Content-Range", range);
    request.retry.tries = 1;  // what has arrived is asked for first
    return request;
  }
  net::Request Question() const {
    return Put(net::Body::Of(""), fmt::format("bytes */{}", source_.size));
  }
  net::Request Chunk(int64_t next) const {
    if (source_.size == next) return Question();
    const int64_t size = std::min(kChunkBytes, source_.size - next);
    return Put(Slice(source_, next, size),
               fmt::format("bytes {}-{}/{}", next, next + size - 1, source_.size));
  }
  // How many bytes: of `Range: bytes=0-99`, one more than the last.
  static int64_t Received(const net::Response& response) {
    const std::string range = response.headers.Find("Range").value_or("");
    const size_t dash = range.find('-');
    int64_t last = -1;
    if (dash != range.npos) {
      std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
    }
    return last + 1;
  }

  GcsClient& client_;
  const std::string& key_;
  const net::Body& source_;
  const PutOptions& options_;
  const std::string& crc32c_;
  StartedUpload started_;
  std::string address_;
  bool is_new_ = false;
};

}  // namespace

Result<nlohmann::json> PutResumable(GcsClient& client, const std::string& key,
                                    const net::Body& source, const PutOptions& options,
                                    const std::string& crc32c, const CancelToken& cancel) {
  return Upload(client, key, source, options, crc32c).Run(cancel);
}

}  // namespace tideway::store
