#include "core/store/s3/sign_v4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/hex.h"

namespace tideway::store {
namespace {

std::string Hmac(const std::string& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// Trimmed, with one blank where there are several.
std::string Collapsed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == ' ' && (text.empty() || text.back() == ' ')) continue;
    text += c;
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// By name in lower case.
std::map<std::string, std::string> SignedFields(const std::string& host,
                                                const net::Headers& headers) {
  std::map<std::string, std::string> fields{{"host", host}};
  for (const auto& [name, value] : headers.fields()) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    fields[lower] = Collapsed(value);
  }
  return fields;
}

std::string NamesOf(const std::map<std::string, std::string>& fields) {
  std::string names;
  for (const auto& field : fields) names += (names.empty() ? "" : ";") + field.first;
  return names;
}

std::string ScopeOf(const std::string& region, std::chrono::microseconds now) {
  return FormatUtc(now, "%Y%m%d") + "/" + region + "/s3/aws4_request";
}

// Of a day, a region and a secret: the last that a thread asked for is kept.
const std::string& SigningKey(const std::string& secret, const std::string& day,
                              const std::string& region) {
  thread_local std::string known_for, key;
  const std::string wanted = secret + "\n" + day + "\n" + region;
  if (wanted == known_for) return key;
  key = Hmac("AWS4" + secret, day);
  for (const std::string_view part :
       {std::string_view(region), std::string_view("s3"), std::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  known_for = wanted;
  return key;
}

std::string Signature(const ToSign& what, const std::map<std::string, std::string>& fields,
                      const std::string& payload_hash, const Keys& keys, const std::string& region,
                      std::chrono::microseconds now) {
  std::string canonical = what.method + "\n" + what.path + "\n" + what.query + "\n";
  for (const auto& [name, value] : fields) canonical += name + ":" + value + "\n";
  canonical += "\n" + NamesOf(fields) + "\n" + payload_hash;
  const std::string text = "AWS4-HMAC-SHA256\n" + FormatUtc(now, "%Y%m%dT%H%M%SZ") + "\n" +
                           ScopeOf(region, now) + "\n" + Sha256Hex(canonical);
  return Hex(Hmac(SigningKey(keys.secret, FormatUtc(now, "%Y%m%d"), region), text));
}

}  // namespace

std::string CanonicalQuery(Query query) {
  for (auto& [name, value] : query) {
    name = net::EncodeSegment(name);
    value = net::EncodeSegment(value);
  }
  std::ranges::sort(query);
  std::string text;
  for (const auto& [name, value] : query) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

void Sign(const ToSign& what, const Keys& keys, const std::string& region,
          std::chrono::microseconds now, net::Headers* headers) {
  headers->Set("x-amz-date", FormatUtc(now, "%Y%m%dT%H%M%SZ"));
  if (!keys.session_token.empty()) headers->Set("x-amz-security-token", keys.session_token);
  const auto fields = SignedFields(what.host, *headers);
  const std::string hash = headers->Find("x-amz-content-sha256").value_or(kUnsignedPayload);
  headers->Set("Authorization",
               fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                           keys.id, ScopeOf(region, now), NamesOf(fields),
                           Signature(what, fields, hash, keys, region, now)));
}

std::string PresignedQuery(const ToSign& what, const Query& query, const Keys& keys,
                           const std::string& region, std::chrono::microseconds now,
                           int64_t expires_s, const net::Headers& headers) {
  const auto fields = SignedFields(what.host, headers);
  Query all = query;
  all.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  all.emplace_back("X-Amz-Credential", keys.id + "/" + ScopeOf(region, now));
  all.emplace_back("X-Amz-Date", FormatUtc(now, "%Y%m%dT%H%M%SZ"));
  all.emplace_back("X-Amz-Expires", std::to_string(expires_s));
  all.emplace_back("X-Amz-SignedHeaders", NamesOf(fields));
  if (!keys.session_token.empty()) all.emplace_back("X-Amz-Security-Token", keys.session_token);
  ToSign signed_what = what;
  signed_what.query = CanonicalQuery(std::move(all));
  return signed_what.query +
         "&X-Amz-Signature=" + Signature(signed_what, fields, kUnsignedPayload, keys, region, now);
}

}  // namespace tideway::store
