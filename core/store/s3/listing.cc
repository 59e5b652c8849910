#include "core/store/s3/listing.h"

#include <charconv>

#include "core/store/s3/xml.h"

namespace tideway::store {
namespace {

int Digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As encoding-type=url means it.
std::string Decoded(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hex =
        text[i] == '%' && i + 2 < text.size() && Digit(text[i + 1]) >= 0 && Digit(text[i + 2]) >= 0;
    if (hex) {
      plain += static_cast<char>(Digit(text[i + 1]) * 16 + Digit(text[i + 2]));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

// "2026-01-02T03:04:05.000Z" without the fraction.
std::string WholeSeconds(const std::string& time) {
  constexpr size_t kSeconds = 19;
  return time.size() > kSeconds ? time.substr(0, kSeconds) + "Z" : time;
}

}  // namespace

Result<Page> ReadListing(const std::string& xml) {
  Page page;
  Object object;
  bool is_page = false, more = false, encoded = false, wrong_size = false;
  RETURN_NOT_OK(ReadXml(xml, [&](const std::string& path, const std::string& text) {
    if (path == "ListBucketResult/Contents/Key") object.key = text;
    if (path == "ListBucketResult/Contents/ETag") object.etag = Unquoted(text);
    if (path == "ListBucketResult/Contents/LastModified") object.modified = WholeSeconds(text);
    if (path == "ListBucketResult/Contents/StorageClass") object.storage_class = text;
    if (path == "ListBucketResult/Contents/Size") {
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), object.size);
      if (code != std::errc() || *end != '\0' || object.size < 0) wrong_size = true;
    }
    if (path == "ListBucketResult/Contents") {
      page.objects.push_back(std::move(object));
      object = {};
    }
    if (path == "ListBucketResult/CommonPrefixes/Prefix") page.prefixes.push_back(text);
    if (path == "ListBucketResult/EncodingType") encoded = text == "url";
    if (path == "ListBucketResult/IsTruncated") more = text == "true";
    if (path == "ListBucketResult/NextContinuationToken") page.next = text;
    if (path == "ListBucketResult") is_page = true;
  }));
  if (!is_page || wrong_size || more == page.next.empty()) {
    return Error(ErrorKind::kData, "store: the server's list of keys makes no sense").Retryable();
  }
  if (!encoded) return page;
  for (Object& one : page.objects) one.key = Decoded(one.key);
  for (std::string& prefix : page.prefixes) prefix = Decoded(prefix);
  return page;
}

}  // namespace tideway::store
