#include "core/store/s3/multipart.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "core/base/hash.h"
#include "core/base/work_all.h"
#include "core/store/s3/xml.h"
#include "core/store/source.h"
#include "core/store/started_upload.h"

namespace tideway::store {
namespace {

constexpr int64_t kMostParts = 10000;
constexpr int64_t kPartBytes = int64_t{16} << 20;
constexpr size_t kAtOnce = 8;
constexpr int kPrecondition = 412;

struct Part {
  std::string etag;
  int64_t size = 0;
};

int64_t NumberOf(const std::string& text) {
  int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class Upload {
 public:
  Upload(S3Client& client, const std::string& key, const net::Body& source,
         const PutOptions& options)
      : client_(client),
        key_(key),
        source_(source),
        options_(options),
        part_bytes_(std::max(kPartBytes, (source.size + kMostParts - 1) / kMostParts)),
        started_(client.options().state,
                 fmt::format("{}\n{}\n{}\n{}\n{}", client.UrlOf(key), client.uri(), source.size,
                             part_bytes_, options.content_type)),
        etags_(static_cast<size_t>((source.size + part_bytes_ - 1) / part_bytes_)) {}

  Status Run(const CancelToken& cancel) {
    if (!started_.id().empty()) RETURN_NOT_OK(FindSent(cancel));
    if (started_.id().empty()) RETURN_NOT_OK(Begin(cancel));
    CancelToken stop(&cancel);
    Status status =
        WorkAll(etags_.size(), kAtOnce, stop, [&](size_t index) { return Send(index, stop); });
    if (status.ok()) status = Complete(cancel);
    const bool goes_on = !status.ok() && (KindOf(status) == ErrorKind::kInterrupted ||
                                          KindOf(status) == ErrorKind::kNetwork ||
                                          KindOf(status) == ErrorKind::kTimeout);
    if (!status.ok() && !goes_on) Abort();
    if (!goes_on) started_.Forget();
    return status;
  }

 private:
  Status Begin(const CancelToken& cancel) {
    S3Call call{.method = "POST", .key = key_, .query = {{"uploads", ""}}};
    call.headers.Set("Content-Type", options_.content_type.empty() ? "application/octet-stream"
                                                                   : options_.content_type);
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_.Ask(call, cancel));
    std::string id;
    RETURN_NOT_OK(ReadXml(response.body, [&id](const std::string& path, const std::string& text) {
      if (path == "InitiateMultipartUploadResult/UploadId") id = text;
    }));
    if (id.empty()) return Error(ErrorKind::kData, "store: an upload began without a number");
    id_ = id;
    started_.Note(id);
    return Status::OK();
  }

  // What of the upload that is noted is there; none: it has ended.
  Status FindSent(const CancelToken& cancel) {
    id_ = started_.id();
    std::map<int64_t, Part> parts;
    for (std::string after = "0"; !after.empty();) {
      const S3Call call{.key = key_, .query = {{"uploadId", id_}, {"part-number-marker", after}}};
      ARROW_ASSIGN_OR_RAISE(const net::Response response, client_.Send(call, cancel));
      if (!response.ok()) {
        started_.Forget();
        return Status::OK();
      }
      ARROW_ASSIGN_OR_RAISE(after, ReadParts(response.body, &parts));
    }
    for (const auto& [number, part] : parts) {
      RETURN_NOT_OK(cancel.Check());
      if (number < 1 || number > static_cast<int64_t>(etags_.size())) continue;
      const auto index = static_cast<size_t>(number - 1);
      Md5 hash;
      const net::Body bytes = BytesOf(index);
      RETURN_NOT_OK(ReadAll(bytes, [&hash](std::string_view piece) { hash.Update(piece); }));
      if (part.size == bytes.size && Unquoted(part.etag) == hash.Finish()) {
        etags_[index] = part.etag;
      }
    }
    return Status::OK();
  }

  // Returns where the next page begins; empty: there is none.
  static Result<std::string> ReadParts(const std::string& xml, std::map<int64_t, Part>* parts) {
    Part part;
    int64_t number = 0;
    bool more = false;
    std::string next;
    RETURN_NOT_OK(ReadXml(xml, [&](const std::string& path, const std::string& text) {
      if (path == "ListPartsResult/Part/PartNumber") number = NumberOf(text);
      if (path == "ListPartsResult/Part/ETag") part.etag = text;
      if (path == "ListPartsResult/Part/Size") part.size = NumberOf(text);
      if (path == "ListPartsResult/Part") parts->insert_or_assign(number, part);
      if (path == "ListPartsResult/IsTruncated") more = text == "true";
      if (path == "ListPartsResult/NextPartNumberMarker") next = text;
    }));
    return more ? next : "";
  }

  net::Body BytesOf(size_t index) const {
    const int64_t first = part_bytes_ * static_cast<int64_t>(index);
    return Slice(source_, first, std::min(part_bytes_, source_.size - first));
  }

  Status Send(size_t index, const CancelToken& cancel) {
    if (!etags_[index].empty()) return Status::OK();
    const S3Call call{.method = "PUT",
                      .key = key_,
                      .query = {{"partNumber", std::to_string(index + 1)}, {"uploadId", id_}},
                      .body = BytesOf(index)};
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_.Ask(call, cancel));
    etags_[index] = response.headers.Find("ETag").value_or("");
    if (!etags_[index].empty()) return Status::OK();
    return Error(ErrorKind::kData, "store: the server gives a part no ETag: " + key_);
  }

  Status Complete(const CancelToken& cancel) {
    std::string xml = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < etags_.size(); ++i) {
      xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                         EscapeXml(etags_[i]));
    }
    xml += "</CompleteMultipartUpload>";
    S3Call call{.method = "POST", .key = key_, .query = {{"uploadId", id_}}};
    call.body = net::Body::Of(xml);
    SetCondition(options_, call.headers);
    ARROW_ASSIGN_OR_RAISE(const net::Response response, client_.Send(call, cancel));
    if (response.ok()) return Status::OK();
    if (Refuses(options_, response)) {
      return options_.if_absent ? ObjectExists(client_.uri(), key_)
                                : ObjectReplaced(client_.uri(), key_);
    }
    const Status failed = client_.ErrorOf(call, response);
    if (response.tries == 1 || FaultOf(response).code != "NoSuchUpload") return failed;
    // An earlier try did it, and its answer got lost.
    const S3Call head{.method = "HEAD", .key = key_};
    ARROW_ASSIGN_OR_RAISE(const net::Response found, client_.Send(head, cancel));
    const std::string tag = Unquoted(found.headers.Find("ETag").value_or(""));
    return tag.ends_with(fmt::format("-{}", etags_.size())) ? Status::OK() : failed;
  }

  // Best effort, also when the run is interrupted.
  void Abort() {
    const CancelToken never;
    const S3Call call{.method = "DELETE", .key = key_, .query = {{"uploadId", id_}}};
    static_cast<void>(client_.Send(call, never));
  }

  S3Client& client_;
  const std::string& key_;
  const net::Body& source_;
  const PutOptions& options_;
  const int64_t part_bytes_;
  StartedUpload started_;
  std::string id_;
  std::vector<std::string> etags_;  // by part; empty: not sent
};

}  // namespace

void SetCondition(const PutOptions& options, net::Headers& headers) {
  if (options.if_absent) headers.Set("If-None-Match", "*");
  if (!options.replaces.empty()) headers.Set("If-Match", "\"" + options.replaces + "\"");
}

bool Refuses(const PutOptions& options, const net::Response& response) {
  if (options.replaces.empty()) return options.if_absent && response.status == kPrecondition;
  return response.status == kPrecondition || FaultOf(response).code == "NoSuchKey";
}

Status PutInParts(S3Client& client, const std::string& key, const net::Body& source,
                  const PutOptions& options, const CancelToken& cancel) {
  return Upload(client, key, source, options).Run(cancel);
}

}  // namespace tideway::store
