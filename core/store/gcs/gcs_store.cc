#include "core/store/gcs/gcs_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/work_all.h"
#include "core/store/base64.h"
#include "core/store/crc32c.h"
#include "core/store/gcs/resumable.h"
#include "core/store/gcs/signed_url.h"
#include "core/store/gcs/whole_upload.h"
#include "core/store/source.h"
#include "core/store/text_field.h"

namespace tideway::store {
namespace {

constexpr int kNotFound = 404, kConflict = 409, kRange = 416;
constexpr int kMostReads = 10;
constexpr size_t kMostKeyBytes = 1024, kDeletesAtOnce = 16;
constexpr const char* kGeneration = "x-goog-generation";
constexpr const char* kApi = "/storage/v1";

// https://cloud.google.com/storage/docs/objects#naming
Status CheckKey(const std::string& key) {
  const auto wrong = [&key](const char* rule) {
    return Error(ErrorKind::kUsage, fmt::format("store: a key {}: `{}`", rule, key));
  };
  if (key.empty() || key.size() > kMostKeyBytes) return wrong("has 1 to 1024 bytes");
  if (key.find_first_of("\r\n") != key.npos) return wrong("must not have line breaks");
  if (key == "." || key == "..") return wrong("must not be `.` or `..`");
  if (key.starts_with(".well-known/acme-challenge/")) return wrong("is Google's own");
  return Status::OK();
}

// Numbers of 64 bits are texts.
int64_t Number(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class GcsStore : public Store {
 public:
  explicit GcsStore(std::unique_ptr<GcsClient> client) : client_(std::move(client)) {}

  const std::string& uri() const override { return client_->uri(); }

  Result<Page> List(const ListRequest& request, const CancelToken& cancel) override {
    GcsClient::Parameters parameters{{"prefix", request.prefix},
                                     {"maxResults", std::to_string(request.most)}};
    if (!request.delimiter.empty()) parameters.emplace_back("delimiter", request.delimiter);
    if (!request.next.empty()) parameters.emplace_back("pageToken", request.next);
    ARROW_ASSIGN_OR_RAISE(const nlohmann::json json,
                          client_->Ask({.url = client_->UrlOf(kApi, "", parameters)}, "", cancel));
    Page page{.next = TextField(json, "nextPageToken")};
    for (const auto& item : json.value("items", nlohmann::json::array())) {
      page.objects.push_back(ObjectOf(item));
    }
    for (const auto& prefix : json.value("prefixes", nlohmann::json::array())) {
      if (prefix.is_string()) page.prefixes.push_back(prefix.get<std::string>());
    }
    return page;
  }

  Result<Object> Head(const std::string& key, const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(key));
    ARROW_ASSIGN_OR_RAISE(const nlohmann::json json,
                          client_->Ask({.url = client_->UrlOf(kApi, key)}, key, cancel));
    return ObjectOf(json);
  }

  // Two calls: what an answer with bytes says of their MD5 is left out by some servers.
  Result<Object> ReadStart(const std::string& key, int64_t most, const net::WriteAt& write,
                           const CancelToken& cancel) override {
    ARROW_ASSIGN_OR_RAISE(const Object object, Head(key, cancel));
    if (object.size == 0) return object;
    RETURN_NOT_OK(ReadRange(object, {0, std::min(most, object.size)}, write, cancel));
    return object;
  }

  Status ReadRange(const Object& object, ByteRange range, const net::WriteAt& write,
                   const CancelToken& cancel) override {
    const auto sink =
        std::make_shared<net::RangeSink>("store", range, object.size, write, kGeneration);
    net::Request request{
        .url = client_->UrlOf(kApi, object.key,
                              {{"alt", "media"}, {"ifGenerationMatch", object.etag}}),
        .sink = sink};
    request.compressed = false;
    request.before_try = [sink](net::Headers& headers) { sink->AskForRest(headers); };
    for (int tries = 1; sink->left() > 0; ++tries) {
      const int64_t before = sink->left();
      const auto response = client_->Send(request, cancel);
      const bool came = sink->left() < before;
      if (!response.ok()) {
        if (IsRetryable(response.status()) && came && tries < kMostReads) continue;
        return response.status();
      }
      if (response->status == kNotFound || response->status == kRange) {
        return ObjectChanged(uri(), object.key);
      }
      if (!response->ok()) return client_->ErrorOf(request, object.key, *response);
      if (!came) {
        return Error(ErrorKind::kNetwork, "store: no byte of what was asked for comes").Retryable();
      }
    }
    const std::string given = sink->headers().Find(kGeneration).value_or(object.etag);
    return given == object.etag ? Status::OK() : ObjectChanged(uri(), object.key);
  }

  Result<Object> Put(const std::string& key, const net::Body& source, const PutOptions& options,
                     const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(key));
    Crc32c crc;
    RETURN_NOT_OK(ReadAll(source, [&crc](std::string_view bytes) { crc.Update(bytes); }));
    const std::string crc32c = crc.Finish();
    ARROW_ASSIGN_OR_RAISE(const nlohmann::json json, Send(key, source, options, crc32c, cancel));
    if (json.is_object()) {
      const Object object = ObjectOf(json);
      const bool same = object.crc32c.empty() || object.crc32c == crc32c;
      if (object.size == source.size && same) return object;
    }
    return Error(ErrorKind::kData,
                 fmt::format("store: what arrived as {}/{} is not what was sent", uri(), key))
        .Hint("put it again");
  }

  Result<Object> Copy(const std::string& from, const std::string& to,
                      const CancelToken& cancel) override {
    RETURN_NOT_OK(CheckKey(from));
    RETURN_NOT_OK(CheckKey(to));
    const std::string url = client_->UrlOf(kApi, from) + "/rewriteTo/b/" +
                            net::EncodeSegment(client_->options().bucket) + "/o/" +
                            net::EncodeSegment(to);
    for (std::string token;;) {
      net::Request request{.method = "POST", .url = url, .body = net::Body::Of("")};
      if (!token.empty()) request.url += "?rewriteToken=" + net::EncodeSegment(token);
      request.idempotent = true;
      ARROW_ASSIGN_OR_RAISE(const nlohmann::json json, client_->Ask(request, from, cancel));
      if (json.value("done", true)) return Head(to, cancel);
      token = TextField(json, "rewriteToken");
    }
  }

  Status Delete(const std::vector<std::string>& keys, const CancelToken& cancel) override {
    for (const std::string& key : keys) RETURN_NOT_OK(CheckKey(key));
    CancelToken stop(&cancel);
    return WorkAll(keys.size(), kDeletesAtOnce, stop, [&](size_t index) -> Status {
      const net::Request request{.method = "DELETE", .url = client_->UrlOf(kApi, keys[index])};
      ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Send(request, stop));
      if (response.ok() || response.status == kNotFound) return Status::OK();
      return client_->ErrorOf(request, keys[index], response);
    });
  }

  Result<std::string> Presign(const std::string& key, const PresignOptions& options,
                              const CancelToken&) override {
    RETURN_NOT_OK(CheckKey(key));
    RETURN_NOT_OK(CheckPresign(options));
    const GcsOptions& own = client_->options();
    ARROW_ASSIGN_OR_RAISE(const SigningAccount account, FindSigningAccount(own.environment));
    const Clock& clock = own.clock != nullptr ? *own.clock : SystemClock();
    return SignedUrl(account, {.method = options.method,
                               .endpoint = client_->endpoint(),
                               .path = "/" + own.bucket + "/" + net::EncodePath(key),
                               .expires_s = options.expires_s,
                               .now = clock.Now()});
  }

  Status CreateBucket(const CancelToken& cancel) override {
    const GcsOptions& options = client_->options();
    const std::string project = options.project.empty()
                                    ? options.environment("GOOGLE_CLOUD_PROJECT").value_or("")
                                    : options.project;
    const nlohmann::json body{{"name", options.bucket}};
    net::Request request{
        .method = "POST",
        .url = client_->endpoint() + "/storage/v1/b?project=" + net::EncodeSegment(project),
        .headers = {{"Content-Type", "application/json"}},
        .body = net::Body::Of(body.dump())};
    request.idempotent = true;
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_->Send(request, cancel));
    if (response.ok()) return Status::OK();
    if (response.status != kConflict) return client_->ErrorOf(request, "", response);
    // It is there; somebody else's we may not look at.
    return client_->Ask({.url = client_->UrlOfBucket()}, "", cancel).status();
  }

 private:
  // One request whose answer is lost cannot tell whether a condition held: that takes an upload.
  Result<nlohmann::json> Send(const std::string& key, const net::Body& source,
                              const PutOptions& options, const std::string& crc32c,
                              const CancelToken& cancel) {
    const bool conditional = options.if_absent || !options.replaces.empty();
    if (source.size <= kWholeUploadBytes && !conditional) {
      return PutWhole(*client_, key, source, options.content_type, crc32c, cancel);
    }
    return PutResumable(*client_, key, source, options, crc32c, cancel);
  }

  Object ObjectOf(const nlohmann::json& json) const {
    constexpr size_t kSeconds = 19, kMd5Base64 = 24, kCrcBase64 = 8;
    Object object{.key = TextField(json, "name"),
                  .size = Number(TextField(json, "size")),
                  .etag = TextField(json, "generation"),
                  .content_type = TextField(json, "contentType"),
                  .modified = TextField(json, "updated").substr(0, kSeconds) + "Z",
                  .storage_class = TextField(json, "storageClass")};
    object.url =
        client_->endpoint() + "/" + client_->options().bucket + "/" + net::EncodePath(object.key);
    const std::string md5 = TextField(json, "md5Hash");
    if (md5.size() == kMd5Base64) object.md5 = HexOfBase64(md5);
    const std::string crc = TextField(json, "crc32c");
    if (crc.size() == kCrcBase64) object.crc32c = HexOfBase64(crc);
    return object;
  }

  const std::unique_ptr<GcsClient> client_;
};

}  // namespace

Result<std::shared_ptr<Store>> OpenGcs(GcsOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto client, GcsClient::Make(std::move(options)));
  return std::make_shared<GcsStore>(std::move(client));
}

}  // namespace tideway::store
