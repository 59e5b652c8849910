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

Result<std::string> BeginUpload(S3Client& client, const std::string& key, const std::string& type,
                                const CancelToken& cancel) {
  S3Call call{.method = "POST", .key = key, .query = {{"uploads", ""}}};
  call.headers.Set("Content-Type", type.empty() ? "application/octet-stream" : type);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, client.Ask(call, cancel));
  std::string id;
  RETURN_NOT_OK(ReadXml(response.body, [&id](const std::string& path, const std::string& text) {
    if (path == "InitiateMultipartUploadResult/UploadId") id = text;
  }));
  if (!id.empty()) return id;
  return Error(ErrorKind::kData, "store: an upload began without a number");
}

S3Call CompletionOf(const std::string& key, const std::string& id,
                    const std::vector<std::string>& etags) {
  std::string xml = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < etags.size(); ++i) {
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                       EscapeXml(etags[i]));
  }
  S3Call call{.method = "POST", .key = key, .query = {{"uploadId", id}}};
  call.body = net::Body::Of(xml + "</CompleteMultipartUpload>");
  return call;
}

// Best effort, also when the run is interrupted.
void AbortUpload(S3Client& client, const std::string& key, const std::string& id) {
  const CancelToken never;
  const S3Call call{.method = "DELETE", .key = key, .query = {{"uploadId", id}}};
  static_cast<void>(client.Send(call, never));
}

// The ETag of a part.
Result<std::string> CopyPart(S3Client& client, const Object& from, S3Call call, ByteRange bytes,
                             const CancelToken& cancel) {
  call.headers.Set("x-amz-copy-source", CopySource(client, from.key));
  call.headers.Set("x-amz-copy-source-range",
                   fmt::format("bytes={}-{}", bytes.begin, bytes.end - 1));
  call.headers.Set("x-amz-copy-source-if-match", "\"" + from.etag + "\"");
  ARROW_ASSIGN_OR_RAISE(const net::Response response, client.Send(call, cancel));
  if (!response.ok()) {
    call.key = from.key;
    return client.ErrorOf(call, response);
  }
  std::string etag;
  RETURN_NOT_OK(ReadXml(response.body, [&etag](const std::string& path, const std::string& text) {
    if (path == "CopyPartResult/ETag") etag = text;
  }));
  if (!etag.empty()) return etag;
  return Error(ErrorKind::kData, "store: the server gives a part no ETag: " + from.key);
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
    if (!status.ok() && !goes_on) AbortUpload(client_, key_, id_);
    if (!goes_on) started_.Forget();
    return status;
  }

 private:
  Status Begin(const CancelToken& cancel) {
    ARROW_ASSIGN_OR_RAISE(id_, BeginUpload(client_, key_, options_.content_type, cancel));
    started_.Note(id_);
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
      const net::Body bytes = BytesOf(index);
      ARROW_ASSIGN_OR_RAISE(const std::string md5, HashOf<Md5>(bytes));
      if (part.size == bytes.size && Unquoted(part.etag) == md5) etags_[index] = part.etag;
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
    S3Call call = CompletionOf(key_, id_, etags_);
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

std::string CopySource(const S3Client& client, const std::string& key) {
  return "/" + client.options().bucket + "/" + net::EncodePath(key);
}

Status CopyInParts(S3Client& client, const Object& from, const std::string& to, int64_t part_bytes,
                   const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const std::string id, BeginUpload(client, to, from.content_type, cancel));
  std::vector<std::string> etags(static_cast<size_t>((from.size + part_bytes - 1) / part_bytes));
  CancelToken stop(&cancel);
  Status status = WorkAll(etags.size(), kAtOnce, stop, [&](size_t index) -> Status {
    const int64_t begin = part_bytes * static_cast<int64_t>(index);
    const S3Call call{.method = "PUT",
                      .key = to,
                      .query = {{"partNumber", std::to_string(index + 1)}, {"uploadId", id}}};
    return CopyPart(client, from, call, {begin, std::min(begin + part_bytes, from.size)}, stop)
        .Value(&etags[index]);
  });
  if (status.ok()) status = client.Ask(CompletionOf(to, id, etags), cancel).status();
  if (!status.ok()) AbortUpload(client, to, id);
  return status;
}

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
