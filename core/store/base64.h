// Base64 (RFC 4648), as headers and tokens have it.
#pragma once

#include <string>
#include <string_view>

namespace tideway::store {

std::string Base64(std::string_view bytes);
// Its variant for URLs, without padding (RFC 4648, 5).
std::string Base64Url(std::string_view bytes);
// The hex digits of what such a text holds; empty for what is none.
std::string HexOfBase64(const std::string& text);
// The bytes of hex digits, which Hasher gives.
std::string BytesOfHex(const std::string& hex);

}  // namespace tideway::store
