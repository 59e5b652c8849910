#include "core/store/s3/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "core/base/hash.h"
#include "core/base/secret.h"
#include "core/store/base64.h"
#include "core/store/s3/profile_files.h"
#include "core/store/s3/xml.h"
#include "core/store/source.h"

namespace tideway::store {
namespace {

constexpr int kMostTries = 5;
constexpr int kOk = 200, kMultiple = 300, kError = 500;
const net::RetryRule kRule{.tries = kMostTries, .base_s = 0.5, .cap_s = 20};

Status CheckBucket(const std::string& bucket) {
  const bool named =
      bucket.size() >= 3 && bucket.size() <= 63 && std::ranges::all_of(bucket, [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '-' || c == '_';
      });
  if (named && bucket.find("..") == bucket.npos) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("store: no name of a bucket: `{}`", bucket))
      .Hint("names have 3 to 63 letters, digits, dots and dashes");
}

std::string EndpointOf(const S3Options& options, const Profile& profile) {
  if (!options.endpoint.empty()) return options.endpoint;
  if (options.environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true") return "";
  for (const char* variable : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
    if (const auto url = options.environment(variable)) return *url;
  }
  const auto found = profile.find("endpoint_url");
  return found == profile.end() ? "" : found->second;
}

std::string RegionOf(const S3Options& options, const Profile& profile) {
  if (!options.region.empty()) return options.region;
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const auto region = options.environment(variable)) return *region;
  }
  const auto found = profile.find("region");
  return found == profile.end() ? "us-east-1" : found->second;
}

// Seconds that the server's clock is ahead; nothing when it says none.
std::optional<std::chrono::seconds> AheadOf(const net::Response& response,
                                            std::chrono::microseconds now) {
  std::tm time = {};
  const std::string date = response.headers.Find("Date").value_or("");
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time) == nullptr) return std::nullopt;
  return std::chrono::seconds(timegm(&time)) -
         std::chrono::duration_cast<std::chrono::seconds>(now);
}

}  // namespace

S3Fault FaultOf(const net::Response& response) {
  S3Fault fault{.region = response.headers.Find("x-amz-bucket-region").value_or("")};
  const auto take = [&fault](const std::string& path, const std::string& text) {
    if (path == "Error/Code") fault.code = text;
    if (path == "Error/Message") fault.message = text;
    if (path == "Error/Region") fault.region = text;
  };
  const Status read = ReadXml(response.body, take);
  if (!read.ok() && fault.code.empty()) fault.message.clear();  // a body of another kind
  return fault;
}

Result<std::unique_ptr<S3Client>> S3Client::Make(S3Options options) {
  RETURN_NOT_OK(CheckBucket(options.bucket));
  if (options.requester_pays && (options.anonymous || options.spend_limit_usd <= 0)) {
    return Error(ErrorKind::kUsage, options.anonymous
                                        ? "store: nobody cannot pay: requester_pays and anonymous"
                                        : "store: requester_pays without a spend_limit_usd")
        .Hint("say how much may be spent in all: spend_limit_usd = 5");
  }
  const std::string name =
      options.profile.empty() ? ProfileName(options.environment) : options.profile;
  ARROW_ASSIGN_OR_RAISE(const Profile profile, ReadProfile(options.environment, name));
  std::string endpoint = EndpointOf(options, profile);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.empty()) RETURN_NOT_OK(net::OriginOf(endpoint).status());
  const bool odd = std::ranges::any_of(
      options.bucket, [](unsigned char c) { return c == '.' || c == '_' || std::isupper(c); });
  const bool path_style = options.path_style.value_or(!endpoint.empty() || odd);
  std::string region = RegionOf(options, profile);
  return std::unique_ptr<S3Client>(
      new S3Client(std::move(options), std::move(endpoint), path_style, std::move(region)));
}

S3Client::S3Client(S3Options options, std::string endpoint, bool path_style, std::string region)
    : options_(std::move(options)),
      uri_("s3://" + options_.bucket),
      endpoint_(std::move(endpoint)),
      path_style_(path_style),
      client_(options_.client != nullptr ? *options_.client : net::SharedClient()),
      clock_(options_.clock != nullptr ? *options_.clock : SystemClock()),
      credentials_({.environment = options_.environment,
                    .given = options_.keys,
                    .profile = options_.profile,
                    .anonymous = options_.anonymous},
                   client_, clock_),
      region_(std::move(region)) {
  if (!options_.requester_pays) return;
  payer_ =
      std::make_unique<Payer>(PayerOptions{.ledger = options_.state + "/paid/" + options_.bucket,
                                           .limit_usd = options_.spend_limit_usd});
}

std::string S3Client::region() const {
  std::lock_guard lock(mutex_);
  return region_;
}

std::chrono::microseconds S3Client::Now() const {
  std::lock_guard lock(mutex_);
  return clock_.Now() + offset_;
}

S3Client::Address S3Client::AddressNow() const {
  std::string base = endpoint_;
  if (base.empty()) base = fmt::format("https://s3.{}.amazonaws.com", region());
  const size_t host = base.find("://") + 3;
  if (!path_style_) base.insert(host, options_.bucket + ".");
  return {base, base.substr(host, base.find('/', host) - host),
          path_style_ ? "/" + options_.bucket : ""};
}

std::string S3Client::PathOf(const Address& address, const std::string& key) {
  if (!key.empty()) return address.path + "/" + net::EncodePath(key);
  return address.path.empty() ? "/" : address.path;
}

std::string S3Client::UrlOf(const std::string& key) const {
  const Address address = AddressNow();
  return address.base + PathOf(address, key);
}

Status S3Client::SignBody(const S3Call& call, bool tls, net::Headers* headers) const {
  if (!call.body || call.body->size == 0) {
    headers->Set("x-amz-content-sha256", kEmptyPayload);
    return Status::OK();
  }
  const bool many = call.query.size() == 1 && call.query[0].first == "delete";
  if (tls || many) {
    ARROW_ASSIGN_OR_RAISE(const std::string md5, HashOf<Md5>(*call.body));
    headers->Set("Content-MD5", Base64OfHex(md5));
  }
  if (tls) {
    headers->Set("x-amz-content-sha256", kUnsignedPayload);
    return Status::OK();
  }
  Sha256 hash;
  RETURN_NOT_OK(ReadAll(*call.body, [&hash](std::string_view bytes) { hash.Update(bytes); }));
  headers->Set("x-amz-content-sha256", hash.Finish());
  return Status::OK();
}

Result<net::Request> S3Client::RequestFor(const S3Call& call, const Keys& keys) {
  const Address address = AddressNow();
  const ToSign what{call.method, address.host, PathOf(address, call.key),
                    CanonicalQuery(call.query)};
  net::Request request{
      .method = call.method,
      .url = address.base + what.path + (what.query.empty() ? "" : "?") + what.query,
      .headers = call.headers,
      .body = call.body,
      .sink = call.sink};
  request.compressed = false;
  request.max_redirects = 0;
  request.retry = kRule;
  request.idempotent = call.idempotent;
  if (payer_ != nullptr) request.headers.Set("x-amz-request-payer", "requester");
  const bool sign = !keys.id.empty();
  if (sign) RETURN_NOT_OK(SignBody(call, address.base.starts_with("https:"), &request.headers));
  request.before_try = [this, what, keys, sign, sink = call.sink, match = call.if_match,
                        region = region()](net::Headers& headers) {
    if (sink != nullptr) {
      sink->AskForRest(headers);
      const std::string tag =
          match.empty() ? sink->headers().Find("ETag").value_or("") : "\"" + match + "\"";
      if (!tag.empty()) headers.Set("If-Match", tag);
    }
    if (sign) Sign(what, keys, region, Now(), &headers);
  };
  return request;
}

Result<bool> S3Client::Mend(const net::Response& response, const S3Fault& fault, int attempt,
                            const CancelToken& cancel) {
  if (attempt >= kMostTries) return false;
  const bool elsewhere = !fault.region.empty() && fault.region != region();
  if (elsewhere && (response.status / 100 == 3 || response.status == 400)) {
    std::lock_guard lock(mutex_);
    region_ = fault.region;
    return true;
  }
  if (fault.code == "RequestTimeTooSkewed") {
    const auto ahead = AheadOf(response, clock_.Now());
    std::lock_guard lock(mutex_);
    if (!ahead || offset_ == *ahead) return false;
    offset_ = *ahead;
    return true;
  }
  if (fault.code == "ExpiredToken" || fault.code == "ExpiredTokenException") {
    credentials_.Forget();
    return attempt == 1;
  }
  const bool passing = fault.code == "RequestTimeout" || fault.code == "BadDigest" ||
                       fault.code == "InternalError" || fault.code == "SlowDown" ||
                       fault.code == "XAmzContentSHA256Mismatch";
  if (!passing) return false;
  const double wait_s = kRule.WaitAfter(attempt, 0, 0, 0.5).value_or(0);
  RETURN_NOT_OK(
      options_.sleep
          ? options_.sleep(wait_s)
          : SleepCancellable(std::chrono::nanoseconds(static_cast<int64_t>(wait_s * 1e9)), cancel));
  return true;
}

Result<net::Response> S3Client::SendOnce(const S3Call& call, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const FoundKeys found, credentials_.Get(cancel));
  {
    std::lock_guard lock(mutex_);
    source_ = found.source;
  }
  if (payer_ != nullptr) RETURN_NOT_OK(payer_->Spend(call.sink == nullptr ? 0 : call.sink->left()));
  ARROW_ASSIGN_OR_RAISE(net::Request request, RequestFor(call, found.keys));
  ARROW_ASSIGN_OR_RAISE(const int64_t round, limit_.Enter(cancel));
  auto response = client_.Send(std::move(request), cancel);
  limit_.Leave(round, response.ok() && (response->tries > 1 || kRule.Tries(response->status)));
  return response;
}

Result<net::Response> S3Client::Send(const S3Call& call, const CancelToken& cancel) {
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(net::Response response, SendOnce(call, cancel));
    // The client has tried it again as often as it may be.
    if (kRule.Tries(response.status)) return response;
    const bool fine = response.status >= kOk && response.status < kMultiple;
    const S3Fault fault =
        fine && response.body.find("<Error") == std::string::npos ? S3Fault{} : FaultOf(response);
    if (fine && fault.code.empty()) return response;
    // The root is <Error>: it failed after the status was sent.
    if (fine) response.status = kError;
    ARROW_ASSIGN_OR_RAISE(const bool again, Mend(response, fault, attempt, cancel));
    if (!again) return response;
  }
}

Result<net::Response> S3Client::Ask(const S3Call& call, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(net::Response response, Send(call, cancel));
  if (!response.ok()) return ErrorOf(call, response);
  return response;
}

Status S3Client::ErrorOf(const S3Call& call, const net::Response& response) const {
  constexpr int kForbidden = 403, kNotFound = 404, kPrecondition = 412;
  const S3Fault fault = FaultOf(response);
  if (fault.code == "NoSuchBucket" || (response.status == kNotFound && call.key.empty())) {
    return Error(ErrorKind::kNotFound, "store: no bucket " + uri_)
        .Hint("check its name, and the endpoint");
  }
  if (response.status == kNotFound && (fault.code.empty() || fault.code == "NoSuchKey")) {
    return NoSuchObject(uri_, call.key);
  }
  if (response.status == kPrecondition) return ObjectChanged(uri_, call.key);
  std::string text = fmt::format("store: {} {}/{}: the server answers {}", call.method, uri_,
                                 call.key, response.status);
  if (!fault.code.empty()) text += fmt::format(" {}: {}", fault.code, fault.message);
  if (const auto id = response.headers.Find("x-amz-request-id")) text += " (request " + *id + ")";
  net::Request request{.method = call.method, .url = UrlOf(call.key)};
  const Status plain = net::ErrorOf(request, response);
  Error error(KindOf(plain), Redact(text));
  error.Retryable(IsRetryable(plain));
  if (response.status == kForbidden) {
    std::lock_guard lock(mutex_);
    error.Hint(source_ == "none" ? "no AWS credentials were found: set AWS_ACCESS_KEY_ID and "
                                   "AWS_SECRET_ACCESS_KEY, or a profile"
                                 : "check what the keys of " + source_ + " may do");
  }
  return error;
}

Result<std::string> S3Client::Presign(const std::string& key, const PresignOptions& options,
                                      const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const FoundKeys found, credentials_.Get(cancel));
  if (found.keys.id.empty()) {
    return Error(ErrorKind::kAuth, "store: nobody cannot sign a URL of " + uri_)
        .Hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile");
  }
  const Address address = AddressNow();
  const std::string path = PathOf(address, key);
  net::Headers headers;
  if (payer_ != nullptr) headers.Set("x-amz-request-payer", "requester");
  return address.base + path + "?" +
         PresignedQuery({options.method, address.host, path, ""}, {}, found.keys, region(), Now(),
                        options.expires_s, headers);
}

}  // namespace tideway::store
