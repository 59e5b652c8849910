// URLs: what belongs together, how a redirect's address is read, what a log may show of one.
//
// Parsing is libcurl's own (CURLU), so that no URL is read in two ways. Thread safety: functions of
// their arguments.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::net {

// Who answers: scheme, host and port (RFC 6454). Credentials belong to one.
struct Origin {
  std::string scheme;  // "http" or "https"
  std::string host;    // in lower case
  int port = 0;        // the scheme's own where the URL names none
  auto operator<=>(const Origin&) const = default;
  // "https://host", with the port where it is not the scheme's own.
  std::string ToString() const;
};

// Errors: usage, for what is no http or https URL.
Result<Origin> OriginOf(const std::string& url);

// The URL that `location`, absolute or relative, means in an answer from `base` (RFC 3986, 5.2).
// Errors: data.
Result<std::string> ResolveUrl(const std::string& base, const std::string& location);

// Percent-encodes all but letters, digits and "-._~" (RFC 3986, 2.3).
std::string EncodeSegment(std::string_view text);
// The same segment by segment: "/" stays.
std::string EncodePath(std::string_view path);

// Whether a parameter or a header field of that name is a key by itself: one that signs, or tells
// who asks.
bool IsSecretName(std::string_view name);

// For logs and errors: registered secrets, user and password, and the values of parameters that
// sign a URL or hold a key are "[secret]".
std::string RedactUrl(const std::string& url);
// The words of a server that was asked for `url`, without what RedactUrl hides of it: some repeat
// what they were asked for.
std::string RedactEcho(std::string words, const std::string& url);

}  // namespace tideway::net
