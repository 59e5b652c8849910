#include "core/store/s3/s3_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/hex.h"
#include "core/store/s3/credential_process.h"
#include "core/store/s3/listing.h"
#include "core/store/s3/multipart.h"
#include "core/store/s3/xml.h"
#include "core/store/same_content.h"
#include "core/store/source.h"

namespace tideway::store {
namespace {

constexpr int kConflict = 409, kRange = 416;
constexpr int kMostReads = 10;
constexpr int64_t kCopiedPartBytes = int64_t{1} << 30;  // an object has at most 5 TiB
constexpr size_t kMostKeyBytes = 1024, kMostDeleted = 1000;

Status CheckKey(const std::string& key) {
  if (!key.empty() && key.size() <= kMostKeyBytes) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("store: a key has 1 to {} bytes, not {}", kMostKeyBytes, key.size()));
}

// "Wed, 01 Jan 2026 00:00:00 GMT" as listings write times.
std::string TimeText(const std::string& date) {
  std::tm time = {};
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time) == nullptr) return "";
  return FormatUtc(std::chrono::seconds(timegm(&time)), "%Y-%m-%dT%H:%M:%SZ");
}

class S3Store : public Store {
 public:
  explicit S3Store(std::unique_ptr<S3Client> client) : client_(std::move(client)) {}

  const std::string& uri() const override { return client_->uri(); }

  Result<Page> List(const ListRequest& request, const CancelToken& cancel) override {
    S3Call call{.query = {{"list-type", "2"},
                          {"prefix", request.prefix},
                          {"max-keys", std::to_string(request.most)},
                          {"encoding-type", "url"}}};
    if (!request.delimiter.empty()) call.query.emplace_back("delimiter", request.delimiter);
    if (!request.next.empty()) call.query.emplace_back("continuation-token", request.next);
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Ask(call, cancel));
    return ReadListing(response.body);
  }

  Result<Object> Head(const std::string& key, const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(key));
    ARROW_ASSIGN_OR_RAISE(const net::Response response,
                          client_->Ask({.method = "HEAD", .key = key}, cancel));
    Object object = ObjectOf(key, response.headers);
    const std::string size = response.headers.Find("Content-Length").value_or("");
    std::from_chars(size.data(), size.data() + size.size(), object.size);
    return object;
  }

  Result<Object> ReadStart(const std::string& key, int64_t most, const net::WriteAt& write,
                           const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(key));
    const auto sink =
        std::make_shared<net::RangeSink>("store", ByteRange{0, most}, -1, write, "ETag");
    ARROW_ASSIGN_OR_RAISE(const bool has_bytes, Read({.key = key, .sink = sink}, cancel));
    if (!has_bytes) return Head(key, cancel);
    Object object = ObjectOf(key, sink->headers());
    object.size = sink->size();
    return object;
  }

  Status ReadRange(const Object& object, ByteRange range, const net::WriteAt& write,
                   const CancelToken& cancel) override {
    const auto sink = std::make_shared<net::RangeSink>("store", range, object.size, write, "ETag");
    const S3Call call{.key = object.key, .sink = sink, .if_match = object.etag};
    ARROW_ASSIGN_OR_RAISE(const bool has_bytes, Read(call, cancel));
    const std::string tag = Unquoted(sink->headers().Find("ETag").value_or(object.etag));
    return has_bytes && tag == object.etag ? Status::OK() : ObjectChanged(uri(), object.key);
  }

  Result<Object> Put(const std::string& key, const net::Body& source, const PutOptions& options,
                     const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(key));
    if (source.size < kMultipartBytes) return PutAtOnce(key, source, options, cancel);
    RETURN_NOT_OK(PutInParts(*client_, key, source, options, cancel));
    ARROW_ASSIGN_OR_RAISE(Object object, Head(key, cancel));
    if (object.size == source.size) return object;
    return Error(ErrorKind::kConflict,
                 fmt::format("store: {} bytes were put to {}/{}, and {} are there", source.size,
                             uri(), key, object.size))
        .Hint("somebody else may write there at the same time");
  }

  Result<Object> Copy(const std::string& from, const std::string& to,
                      const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(from));
    RETURN_NOT_OK(CheckKey(to));
    ARROW_ASSIGN_OR_RAISE(const Object object, Head(from, cancel));
    if (object.size > kMostCopiedBytes) {
      RETURN_NOT_OK(CopyInParts(*client_, object, to, kCopiedPartBytes, cancel));
      return Head(to, cancel);
    }
    S3Call call{.method = "PUT", .key = to};
    call.headers.Set("x-amz-copy-source", CopySource(*client_, from));
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Send(call, cancel));
    if (response.ok()) return Head(to, cancel);
    call.key = from;
    return client_->ErrorOf(call, response);
  }

  Status Delete(const std::vector<std::string>& keys, const CancelToken& cancel) override {
    for (const std::string& key : keys) RETURN_NOT_OK(CheckKey(key));
    for (size_t first = 0; first < keys.size(); first += kMostDeleted) {
      const size_t end = std::min(first + kMostDeleted, keys.size());
      std::string xml = "<Delete>";
      for (size_t i = first; i < end; ++i) {
        xml += "<Object><Key>" + EscapeXml(keys[i]) + "</Key></Object>";
      }
      const S3Call call{.method = "POST",
                        .query = {{"delete", ""}},
                        .body = net::Body::Of(xml + "<Quiet>true</Quiet></Delete>")};
      ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Ask(call, cancel));
      RETURN_NOT_OK(CheckDeleted(response.body));
    }
    return Status::OK();
  }

  Result<std::string> Presign(const std::string& key, const PresignOptions& options,
                              const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(key));
    RETURN_NOT_OK(CheckPresign(options));
    return client_->Presign(key, options, cancel);
  }

  Status CreateBucket(const CancelToken& cancel) override {
    S3Call call{.method = "PUT"};
    if (client_->region() != "us-east-1") {
      call.body = net::Body::Of(
          fmt::format("<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint>"
                      "</CreateBucketConfiguration>",
                      client_->region()));
    }
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Send(call, cancel));
    if (response.ok()) return Status::OK();
    const bool ours =
        response.status == kConflict && FaultOf(response).code == "BucketAlreadyOwnedByYou";
    return ours ? Status::OK() : client_->ErrorOf(call, response);
  }

 private:
  // Reads what the call's sink is for, over as many answers as it takes. False: the object ends
  // before it.
  Result<bool> Read(const S3Call& call, const CancelToken& cancel) {
    for (int tries = 1; call.sink->left() > 0; ++tries) {
      const int64_t before = call.sink->left();
      const auto response = client_->Send(call, cancel);
      const bool came = call.sink->left() < before;
      if (!response.ok()) {
        if (IsRetryable(response.status()) && came && tries < kMostReads) continue;
        return response.status();
      }
      if (response->status == kRange) return false;
      if (!response->ok()) return client_->ErrorOf(call, *response);
      if (!came) {
        return Error(ErrorKind::kNetwork, "store: no byte of what was asked for comes").Retryable();
      }
    }
    return true;
  }

  // What was put is told by the answer: the server has checked the bytes by their hash.
  Result<Object> PutAtOnce(const std::string& key, const net::Body& source,
                           const PutOptions& options, const CancelToken& cancel) {
    S3Call call{.method = "PUT", .key = key, .body = source};
    call.headers.Set("Content-Type", options.content_type.empty() ? "application/octet-stream"
                                                                  : options.content_type);
    SetCondition(options, call.headers);
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Send(call, cancel));
    if (response.ok()) {
      Object object = ObjectOf(key, response.headers);
      object.size = source.size;
      object.content_type = call.headers.Find("Content-Type").value_or("");
      return object.etag.empty() ? Head(key, cancel) : object;
    }
    if (!Refuses(options, response)) return client_->ErrorOf(call, response);
    const Error refused = options.if_absent ? ObjectExists(uri(), key) : ObjectReplaced(uri(), key);
    if (response.tries == 1) return refused;
    // An earlier try may have done it, and its answer got lost.
    ARROW_ASSIGN_OR_RAISE(Object object, Head(key, cancel));
    ARROW_ASSIGN_OR_RAISE(const std::string md5, HashOf<Md5>(source));
    return object.md5 == md5 ? Result<Object>(object) : refused;
  }

  Status CheckDeleted(const std::string& xml) const {
    std::string key, code, message;
    Status failed;
    RETURN_NOT_OK(ReadXml(xml, [&](const std::string& path, const std::string& text) {
      if (path == "DeleteResult/Error/Key") key = text;
      if (path == "DeleteResult/Error/Code") code = text;
      if (path == "DeleteResult/Error/Message") message = text;
      if (path != "DeleteResult/Error" || code == "NoSuchKey" || !failed.ok()) return;
      failed = Error(code == "AccessDenied" ? ErrorKind::kAuth : ErrorKind::kNetwork,
                     fmt::format("store: cannot delete {}/{}: {}: {}", uri(), key, code, message));
    }));
    return failed;
  }

  Object ObjectOf(const std::string& key, const net::Headers& headers) const {
    Object object{.key = key,
                  .etag = Unquoted(headers.Find("ETag").value_or("")),
                  .content_type = headers.Find("Content-Type").value_or(""),
                  .modified = TimeText(headers.Find("Last-Modified").value_or("")),
                  .storage_class = headers.Find("x-amz-storage-class").value_or("STANDARD"),
                  .url = client_->UrlOf(key)};
    // With a key of KMS or of a customer's it is something else.
    const std::string encrypted = headers.Find("x-amz-server-side-encryption").value_or("AES256");
    const bool by_customer =
        headers.Find("x-amz-server-side-encryption-customer-algorithm").has_value();
    if (IsHex(object.etag, kMd5Digits) && encrypted == "AES256" && !by_customer) {
      object.md5 = object.etag;
    }
    return object;
  }

  const std::unique_ptr<S3Client> client_;
};

}  // namespace

Result<std::shared_ptr<Store>> OpenS3(S3Options options) {
  ARROW_ASSIGN_OR_RAISE(auto client, S3Client::Make(std::move(options)));
  return std::make_shared<S3Store>(std::move(client));
}

}  // namespace tideway::store
