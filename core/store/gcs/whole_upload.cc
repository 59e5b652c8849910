#include "core/store/gcs/whole_upload.h"

#include <fmt/format.h>

#include "core/store/base64.h"
#include "core/store/source.h"

namespace tideway::store {
namespace {

// https://www.rfc-editor.org/rfc/rfc2387, https://cloud.google.com/storage/docs/uploading-objects
std::string Related(const nlohmann::json& facts, const std::string& content,
                    const std::string& boundary) {
  return fmt::format(
      "--{0}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{1}\r\n"
      "--{0}\r\nContent-Type: {2}\r\n\r\n{3}\r\n--{0}--\r\n",
      boundary, facts.dump(), facts["contentType"].get<std::string>(), content);
}

}  // namespace

nlohmann::json FactsToPut(const std::string& key, const std::string& content_type,
                          const std::string& crc32c) {
  return {{"name", key},
          {"contentType", content_type.empty() ? "application/octet-stream" : content_type},
          {"crc32c", Base64OfHex(crc32c)}};
}

Result<nlohmann::json> PutWhole(GcsClient& client, const std::string& key, const net::Body& source,
                                const std::string& content_type, const std::string& crc32c,
                                const CancelToken& cancel) {
  std::string content;
  content.reserve(static_cast<size_t>(source.size));
  RETURN_NOT_OK(ReadAll(source, [&content](std::string_view bytes) { content += bytes; }));
  std::string boundary = "tideway-" + crc32c;
  while (content.find(boundary) != content.npos) boundary += '-';
  net::Request request{
      .method = "POST",
      .url = client.UrlOf("/upload/storage/v1", "", {{"uploadType", "multipart"}}),
      .headers = {{"Content-Type", "multipart/related; boundary=" + boundary}},
      .body = net::Body::Of(Related(FactsToPut(key, content_type, crc32c), content, boundary))};
  request.idempotent = true;  // the same bytes in the same place
  return client.Ask(std::move(request), "", cancel);
}

}  // namespace tideway::store
