// Base64 (RFC 4648) where it is not Arrow's plain one. Threads: functions are pure.
#pragma once

#include <string>
#include <string_view>

namespace tideway::store {

// Its variant for URLs, without padding (RFC 4648, 5).
std::string Base64Url(std::string_view bytes);
// The hex digits of what such a text holds; empty for what is none.
std::string HexOfBase64(std::string_view text);
// Base64 of the bytes of hex digits, which Hasher gives.
std::string Base64OfHex(std::string_view digits);

}  // namespace tideway::store
