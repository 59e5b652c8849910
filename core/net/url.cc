#include "core/net/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/base/secret.h"

namespace tideway::net {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};
using UrlPtr = std::unique_ptr<CURLU, FreeUrl>;

Result<UrlPtr> Parse(const std::string& url, ErrorKind kind) {
  UrlPtr parsed(curl_url());
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (code != CURLUE_OK || url.find('\0') != url.npos) {
    return Error(kind, fmt::format("net: not a URL: {}", RedactUrl(url)))
        .Hint("write https://host/path");
  }
  return parsed;
}

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  const std::unique_ptr<char, FreeUrl> owned(text);
  return text;
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool IsUnreserved(unsigned char c) {
  return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Adds what it hides to `hidden`, where that is given.
std::string RedactQuery(std::string_view query, std::vector<std::string>* hidden) {
  std::string shown;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view field = query.substr(0, end);
    const size_t equals = field.find('=');
    if (equals != field.npos && IsSecretName(field.substr(0, equals))) {
      shown += fmt::format("{}={}", field.substr(0, equals), kRedacted);
      if (hidden != nullptr) hidden->emplace_back(field.substr(equals + 1));
    } else {
      shown += field;
    }
    if (end < query.size()) shown += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return shown;
}

std::string RedactParts(const std::string& url, std::vector<std::string>* hidden) {
  std::string shown = url;
  const size_t query = shown.find('?');
  if (query != shown.npos)
    shown = shown.substr(0, query + 1) + RedactQuery(shown.substr(query + 1), hidden);
  const size_t host = shown.find("://");
  if (host == shown.npos) return shown;
  const size_t user = host + 3;
  const size_t end = std::min(shown.find_first_of("/?#", user), shown.size());
  const size_t at = shown.rfind('@', end);
  if (at == shown.npos || at <= host) return shown;
  if (hidden != nullptr) {
    const std::string who = shown.substr(user, at - user);
    hidden->push_back(who);
    hidden->push_back(who.substr(who.find(':') + 1));
  }
  return shown.replace(user, at - user, kRedacted);
}

std::string Decoded(const std::string& text) {
  int size = 0;
  char* plain = curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size);
  if (plain == nullptr) return text;
  std::string decoded(plain, static_cast<size_t>(size));
  curl_free(plain);
  return decoded;
}

}  // namespace

std::string Origin::ToString() const {
  const bool usual = port == (scheme == "https" ? 443 : 80);
  return usual ? fmt::format("{}://{}", scheme, host)
               : fmt::format("{}://{}:{}", scheme, host, port);
}

Result<Origin> OriginOf(const std::string& url) {
  ARROW_ASSIGN_OR_RAISE(const UrlPtr parsed, Parse(url, ErrorKind::kUsage));
  Origin origin{.scheme = Lower(Part(parsed.get(), CURLUPART_SCHEME)),
                .host = Lower(Part(parsed.get(), CURLUPART_HOST))};
  if (origin.scheme != "http" && origin.scheme != "https") {
    return Error(ErrorKind::kUsage,
                 fmt::format("net: not an http or https URL: {}", RedactUrl(url)));
  }
  origin.port = std::atoi(Part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str());
  return origin;
}

Result<std::string> ResolveUrl(const std::string& base, const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const UrlPtr parsed, Parse(base, ErrorKind::kData));
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE);
  const std::string resolved = Part(parsed.get(), CURLUPART_URL);
  if (code != CURLUE_OK || location.empty() || resolved.empty()) {
    return Error(ErrorKind::kData,
                 fmt::format("net: a redirect to no URL: {}", RedactUrl(location)));
  }
  return resolved;
}

std::string EncodeSegment(std::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if (IsUnreserved(c)) {
      encoded += static_cast<char>(c);
    } else {
      encoded += fmt::format("%{:02X}", c);
    }
  }
  return encoded;
}

std::string EncodePath(std::string_view path) {
  std::string encoded;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    encoded += EncodeSegment(path.substr(at, end - at));
    if (end < path.size()) encoded += '/';
    at = end + 1;
  }
  return encoded;
}

// Those that S3, GCS, Azure and CloudFront sign with, and the usual names of keys.
bool IsSecretName(std::string_view name) {
  static constexpr std::array<std::string_view, 13> kWords{
      "signature", "sig",    "token",    "secret",  "pass", "credential", "key",
      "auth",      "policy", "key-pair", "session", "code", "cookie"};
  static constexpr std::array<std::string_view, 2> kOfListings{"max-keys", "key-marker"};
  const std::string lower = Lower(std::string(name));
  if (std::ranges::find(kOfListings, lower) != kOfListings.end()) return false;
  return std::ranges::any_of(kWords,
                             [&](std::string_view word) { return lower.find(word) != lower.npos; });
}

std::string RedactUrl(const std::string& url) { return Redact(RedactParts(url, nullptr)); }

std::string RedactEcho(std::string words, const std::string& url) {
  constexpr size_t kLeast = 4;  // as of registered secrets: fewer bytes would garble the words
  std::vector<std::string> hidden;
  RedactParts(url, &hidden);
  for (const std::string& value : std::vector(hidden)) hidden.push_back(Decoded(value));
  for (const std::string& value : hidden) {
    if (value.size() < kLeast) continue;
    for (size_t at = words.find(value); at != words.npos; at = words.find(value, at)) {
      words.replace(at, value.size(), kRedacted);
      at += kRedacted.size();
    }
  }
  return Redact(words);
}

}  // namespace tideway::net
