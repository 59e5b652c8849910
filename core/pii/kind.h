// The kinds of personal data and secrets that are found.
//
// Threads: functions are pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tideway::pii {

// The most specific first: of two findings of one length at one place, the earlier kind is kept.
// Users' own patterns are numbered from kKinds on, and are more specific than any kind here.
enum class Kind : uint8_t {
  kPrivateKey,
  kJwt,
  kConnectionString,
  kApiKey,
  kSecret,
  kEmail,
  kCreditCard,
  kSsn,
  kIpv6,
  kIpv4,
  kPhone,
};
inline constexpr int kKinds = 11;
inline constexpr std::array<std::string_view, kKinds> kKindNames = {
    "private_key", "jwt",    "connection_string",
    "api_key",     "secret", "email",
    "credit_card", "ssn",    "ipv6",
    "ipv4",        "phone"};

std::optional<Kind> KindOfName(std::string_view name);
// "credit_card" -> "CREDIT_CARD": what stands in tags.
std::string TagName(std::string_view name);

// A place in a text that holds personal data or a secret: bytes [begin, end).
struct Finding {
  int kind = 0;  // a Kind, or kKinds + the number of a pattern
  int64_t begin = 0;
  int64_t end = 0;

  bool operator==(const Finding&) const = default;
};

}  // namespace tideway::pii
