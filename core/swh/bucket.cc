#include "core/swh/bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/swh/gunzip.h"

namespace tideway::swh {
namespace {

// What one read asks for: nearly all contents are smaller, packed.
constexpr int64_t kFirstBytes = 128 << 10;
constexpr int kMostReads = 10;
constexpr int kForbidden = 403, kUnauthorized = 401, kNotFound = 404, kRange = 416;
// Of no bytes: no archive of files is without it.
constexpr const char* kEmptyContent = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

std::string KeyOf(const std::string& blob_id) { return "content/" + blob_id; }

// Remedies for keys that AWS does not take.
Error BadKeys(const store::S3Fault& fault) {
  const std::string text =
      fmt::format("swh: AWS refuses the keys: {}: {}", fault.code, fault.message);
  std::string hint =
      "the keys must be of an AWS account: make one at https://console.aws.amazon.com/iam, or "
      "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE: the bucket may be public";
  if (fault.code == "SignatureDoesNotMatch") {
    hint = "AWS_SECRET_ACCESS_KEY is not the secret of AWS_ACCESS_KEY_ID: set both anew";
  } else if (fault.code == "ExpiredToken" || fault.code == "InvalidToken") {
    hint = "AWS_SESSION_TOKEN has expired: log in again, for instance with `aws sso login`";
  }
  return Error(ErrorKind::kAuth, text).Hint(hint);
}

bool IsBadKeys(const std::string& code) {
  return code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch" ||
         code == "ExpiredToken" || code == "InvalidToken";
}

}  // namespace

// An object as it is in the bucket.
struct Bucket::Packed {
  int status = 0;  // of the answer; 200 and 206: it is here
  store::S3Fault fault = {};
  Status error = {};  // of all other answers
  std::string bytes = {};
  std::string etag = {};
  int64_t size = -1;
  bool slowed = false;
  bool found() const { return status == 200 || status == 206 || status == kRange; }
  bool refused() const { return status == kForbidden || status == kUnauthorized; }
};

Result<std::unique_ptr<Bucket>> Bucket::Open(const BucketOptions& options) {
  // The user's own stores may be elsewhere; this bucket is not.
  const auto environment =
      [lookup = options.environment](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") return "true";
    return lookup(name);
  };
  store::S3Options base{.bucket = "softwareheritage", .environment = environment};
  base.state = options.state;
  base.endpoint = options.endpoint;
  base.region = "us-east-1";
  base.client = options.client;
  base.sleep = options.sleep;
  std::unique_ptr<Bucket> bucket(new Bucket);
  const auto add = [&](const char* name, store::S3Options one) -> Status {
    auto way = std::make_unique<Way>();
    way->name = name;
    ARROW_ASSIGN_OR_RAISE(way->client, store::S3Client::Make(std::move(one)));
    bucket->ways_.push_back(std::move(way));
    return Status::OK();
  };
  store::S3Options anonymous = base, paid = base;
  anonymous.anonymous = true;
  paid.requester_pays = true;
  paid.spend_limit_usd = options.spend_limit_usd;
  RETURN_NOT_OK(add("anonymous", anonymous));
  RETURN_NOT_OK(add("signed", base));
  if (options.requester_pays) RETURN_NOT_OK(add("requester_pays", paid));
  return bucket;
}

size_t Bucket::FirstWay() const {
  for (size_t i = 0; i < ways_.size(); ++i) {
    if (ways_[i]->works) return i;
  }
  return 0;
}

bool Bucket::AnyWorks() const {
  return std::ranges::any_of(ways_, [](const auto& way) { return way->works.load(); });
}

Status Bucket::ReadPart(store::S3Client& client, const std::string& key, ByteRange range,
                        Packed* packed, const CancelToken& cancel) {
  const auto write = [packed](int64_t at, std::string_view bytes) {
    packed->bytes.resize(std::max(packed->bytes.size(), static_cast<size_t>(at) + bytes.size()));
    bytes.copy(packed->bytes.data() + at, bytes.size());
    return Status::OK();
  };
  const auto sink = std::make_shared<net::RangeSink>("swh", range, packed->size, write, "ETag");
  const store::S3Call call{.key = key, .sink = sink, .if_match = packed->etag};
  for (int tries = 1; sink->left() > 0; ++tries) {
    const int64_t before = sink->left();
    const auto response = client.Send(call, cancel);
    const bool came = sink->left() < before;
    if (!response.ok()) {
      if (IsRetryable(response.status()) && came && tries < kMostReads) continue;
      return response.status();
    }
    packed->status = response->status;
    packed->slowed = packed->slowed || response->tries > 1;
    if (response->ok() && !came) {
      return Error(ErrorKind::kNetwork, "swh: no byte of what was asked for comes").Retryable();
    }
    if (!response->ok()) {
      packed->fault = store::FaultOf(*response);
      packed->error = client.ErrorOf(call, *response);
      break;
    }
  }
  packed->size = sink->size();
  if (packed->etag.empty()) {
    packed->etag = store::Unquoted(sink->headers().Find("ETag").value_or(""));
  }
  return Status::OK();
}

Result<Bucket::Packed> Bucket::ReadBy(store::S3Client& client, const std::string& key, int64_t most,
                                      const CancelToken& cancel) {
  Packed packed;
  RETURN_NOT_OK(ReadPart(client, key, {0, kFirstBytes}, &packed, cancel));
  // Packed bytes are never many more than the plain ones.
  const bool fits = packed.size <= most + kFirstBytes;
  if (!packed.found() || packed.size <= kFirstBytes || !fits) return packed;
  RETURN_NOT_OK(ReadPart(client, key, {kFirstBytes, packed.size}, &packed, cancel));
  return packed;
}

Result<Answer> Bucket::Unpack(Packed packed, int64_t most) {
  Answer answer{.slowed = packed.slowed};
  Result<std::string> plain =
      Error(ErrorKind::kMemory, fmt::format("swh: it comes to more than {} bytes", most));
  if (packed.size <= most + kFirstBytes) plain = Gunzip(packed.bytes, most);
  if (plain.ok()) {
    answer.bytes = *std::move(plain);
    return answer;
  }
  answer.problem = plain.status().message();
  answer.state = Answer::State::kTooLarge;
  if (KindOf(plain.status()) != ErrorKind::kMemory) {
    answer.state = Answer::State::kBroken;
    answer.bytes = std::move(packed.bytes);
  }
  return answer;
}

Result<Answer> Bucket::Read(const std::string& blob_id, int64_t most, const CancelToken& cancel) {
  Packed packed;
  bool slowed = false;
  for (size_t i = FirstWay(); i < ways_.size(); ++i) {
    Way& way = *ways_[i];
    ARROW_ASSIGN_OR_RAISE(packed, ReadBy(*way.client, KeyOf(blob_id), most, cancel));
    slowed = packed.slowed = packed.slowed || slowed;
    const bool missing = packed.status == kNotFound;
    if (packed.found() || missing) {
      way.works = true;
      if (!missing) return Unpack(std::move(packed), most);
      return Answer{
          .state = Answer::State::kMissing, .problem = packed.error.message(), .slowed = slowed};
    }
    if (!packed.refused() && !IsBadKeys(packed.fault.code)) return packed.error;
  }
  // Of what is not there S3 says that it is refused, to those who may not list.
  if (!AnyWorks() && blob_id != kEmptyContent) {
    const auto probe = Read(kEmptyContent, kFirstBytes, cancel);
    if (!probe.ok() && KindOf(probe.status()) != ErrorKind::kAuth) return probe.status();
  }
  if (AnyWorks()) {
    return Answer{
        .state = Answer::State::kDenied, .problem = packed.error.message(), .slowed = slowed};
  }
  if (IsBadKeys(packed.fault.code)) return BadKeys(packed.fault);
  return packed.error;
}

Result<std::string> Bucket::Check(const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const Answer answer, Read(kEmptyContent, kFirstBytes, cancel));
  return std::string(ways_[FirstWay()]->name);
}

}  // namespace tideway::swh
