// Signature Version 4 of AWS, as S3 wants it: one encoding, no path changed.
//
//   const std::string query = CanonicalQuery({{"list-type", "2"}, {"prefix", "a/b c"}});
//   Sign({"GET", "bucket.s3.us-east-1.amazonaws.com", "/", query}, keys, region, now, &headers);
//
// The URL has to be sent as it was signed: `path` encoded by net::EncodePath, `query` by
// CanonicalQuery. Own, because libcurl's signer is wrong before 8.21 for some query or path.
// Thread safety: functions of their arguments.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/net/message.h"

namespace tideway::store {

struct Keys {
  std::string id = {};  // empty: nobody's, nothing is signed
  std::string secret = {};
  std::string session_token = {};
};

// The hash of what is not signed: a stream over TLS.
inline constexpr const char* kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr const char* kEmptyPayload =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct ToSign {
  std::string method;
  std::string host;   // with a port that is not the scheme's own
  std::string path;   // encoded
  std::string query;  // CanonicalQuery
};

using Query = std::vector<std::pair<std::string, std::string>>;
// "a=1&b=": encoded and sorted.
std::string CanonicalQuery(Query query);

// Adds x-amz-date, x-amz-security-token and Authorization to `headers`. They have
// x-amz-content-sha256 already; all of them are signed.
void Sign(const ToSign& what, const Keys& keys, const std::string& region,
          std::chrono::microseconds now, net::Headers* headers);

// The query of a URL that does this for `expires_s` seconds; `headers` have to be sent with it.
std::string PresignedQuery(const ToSign& what, const Query& query, const Keys& keys,
                           const std::string& region, std::chrono::microseconds now,
                           int64_t expires_s, const net::Headers& headers = {});

}  // namespace tideway::store
