#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "core/base/hex.h"
#include "core/pii/bytes_internal.h"
#include "core/pii/replacement_internal.h"
#include "core/pii/token_formats_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kHashBytes = 8;
constexpr size_t kFewestSecretBytes = 12;
constexpr std::string_view kFakeUser = "user-";
constexpr std::string_view kFakeHost = "@example.com";
constexpr size_t kFakeUserDigits = 12;

std::string Hmac(std::string_view name, std::string_view value, const std::string& key) {
  const std::string text = std::string(name) + '\0' + std::string(value);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// Numbers out of a hash, one after another.
class Chooser {
 public:
  explicit Chooser(std::string bytes) : bytes_(std::move(bytes)) {}
  int Below(int limit) {
    const auto byte = [this] { return static_cast<uint8_t>(bytes_[next_++ % bytes_.size()]); };
    const int high = byte();
    return (high << 8 | byte()) % limit;
  }
  std::string Of(std::string_view letters, size_t size) {
    std::string text;
    while (text.size() < size)
      text += letters[static_cast<size_t>(Below(static_cast<int>(letters.size())))];
    return text;
  }

 private:
  const std::string bytes_;
  size_t next_ = 0;
};

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// `digits` in the places of those of `value`; what parts them stays.
std::string InPlaces(std::string_view value, std::string_view digits) {
  std::string text(value);
  size_t next = 0;
  for (char& c : text) {
    if (IsDigit(c)) c = digits[next++];
  }
  return text;
}

size_t CountDigits(std::string_view value) {
  return static_cast<size_t>(std::ranges::count_if(value, IsDigit));
}

// The sum of ISO/IEC 7812-1, whose last digit is 0 for a right check digit.
int LuhnSum(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int value = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) value = value > 4 ? 2 * value - 9 : 2 * value;
    sum += value;
  }
  return sum;
}

// Of the same issuer and length, with a wrong check digit.
std::string FakeCard(std::string_view value, Chooser& chooser) {
  std::string digits = std::string(1, value[0]) + chooser.Of(kDigits, CountDigits(value) - 1);
  if (LuhnSum(digits) % 10 == 0)
    digits.back() = digits.back() == '9' ? '0' : static_cast<char>(digits.back() + 1);
  return InPlaces(value, digits);
}

// One of those that North America keeps for fiction.
std::string FakePhone(std::string_view value, Chooser& chooser) {
  const std::string area =
      fmt::format("{}{}{}", 2 + chooser.Below(8), chooser.Below(9), 2 + chooser.Below(8));
  const std::string line = fmt::format("01{:02}", chooser.Below(100));
  if (value.starts_with('+')) return fmt::format("+1-{}-555-{}", area, line);
  if (value.starts_with('(')) return fmt::format("({}) 555-{}", area, line);
  return fmt::format("{}-555-{}", area, line);
}

// Keeps what tells the service: up to FAKE.
std::string FakeToken(std::string_view value, Chooser& chooser) {
  std::string_view prefix;
  for (const TokenFormat& format : kTokenFormats) {
    const size_t begin = value.find(format.prefix);
    if (begin != value.npos && begin <= 8 && format.prefix.size() > prefix.size()) {
      prefix = value.substr(0, begin + format.prefix.size());
    }
  }
  const size_t size = std::max(value.size() - prefix.size(), kFewestSecretBytes);
  return std::string(prefix) + "FAKE" + chooser.Of(kLetters, size - 4);
}

std::string FakeSecret(Chooser& chooser, size_t size) {
  return "FAKE" + chooser.Of(kLetters, std::clamp(size, kFewestSecretBytes, size_t{64}) - 4);
}

std::string FakeConnection(std::string_view value, Chooser& chooser) {
  const size_t colon = value.find(':');
  if (colon == value.npos) return FakeSecret(chooser, value.size());
  return (colon == 0 ? ":" : "user:") + FakeSecret(chooser, value.size() - colon - 1);
}

std::string Base64Url(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += kAlphabet[bits << (6 - count) & 63];
  return text;
}

}  // namespace

std::string Tag(std::string_view name) { return "<" + TagName(name) + ">"; }

std::string HashedTag(std::string_view name, std::string_view value, const std::string& key) {
  const std::string hash = Hmac(name, value, key);
  return "<" + TagName(name) + "_" + Hex(std::string_view(hash).substr(0, kHashBytes)) + ">";
}

std::string Fake(Kind kind, std::string_view value, const std::string& key) {
  Chooser chooser(Hmac(kKindNames[static_cast<size_t>(kind)], value, key));
  switch (kind) {
    case Kind::kPrivateKey:
      return "-----BEGIN PRIVATE KEY-----FAKE" + chooser.Of(kLetters, 32) +
             "-----END PRIVATE KEY-----";
    case Kind::kJwt:
      return Base64Url(R"({"alg":"none"})") + "." +
             Base64Url(R"({"fake":")" + chooser.Of(kHexDigits, 12) + R"("})") + ".";
    case Kind::kConnectionString:
      return FakeConnection(value, chooser);
    case Kind::kApiKey:
      return FakeToken(value, chooser);
    case Kind::kSecret:
      return FakeSecret(chooser, value.size());
    case Kind::kEmail:
      return std::string(kFakeUser) + chooser.Of(kHexDigits, kFakeUserDigits) +
             std::string(kFakeHost);
    case Kind::kCreditCard:
      return FakeCard(value, chooser);
    case Kind::kSsn:
      return InPlaces(value, "000" + chooser.Of(kDigits, 6));
    case Kind::kIpv6:
      return "2001:db8:" + chooser.Of(kHexDigits, 4) + ":" + chooser.Of(kHexDigits, 4) +
             "::" + chooser.Of("123456789abcdef", 1);
    case Kind::kIpv4: {
      constexpr std::array<const char*, 3> kNets = {"192.0.2.", "198.51.100.", "203.0.113."};
      const char* net = kNets[static_cast<size_t>(chooser.Below(3))];
      return fmt::format("{}{}", net, 1 + chooser.Below(254));
    }
    case Kind::kPhone:
      return FakePhone(value, chooser);
  }
  return Tag(kKindNames[static_cast<size_t>(kind)]);
}

size_t TagEnd(std::string_view text, size_t begin, const std::set<std::string>& names) {
  if (text[begin] != '<') return begin;
  size_t end = begin + 1;
  while (end < text.size() && IsWord(text[end])) ++end;
  if (end == text.size() || text[end] != '>') return begin;
  std::string_view name = text.substr(begin + 1, end - begin - 1);
  if (names.contains(std::string(name))) return end + 1;
  constexpr size_t kSuffix = 1 + 2 * kHashBytes;
  if (name.size() <= kSuffix || name[name.size() - kSuffix] != '_') return begin;
  const std::string_view hash = name.substr(name.size() - kSuffix + 1);
  name.remove_suffix(kSuffix);
  const bool tag =
      hash.find_first_not_of(kHexDigits) == hash.npos && names.contains(std::string(name));
  return tag ? end + 1 : begin;
}

bool IsFakeEmail(std::string_view address) {
  if (!address.starts_with(kFakeUser) || !address.ends_with(kFakeHost)) return false;
  address.remove_prefix(kFakeUser.size());
  address.remove_suffix(kFakeHost.size());
  return address.size() == kFakeUserDigits && address.find_first_not_of(kHexDigits) == address.npos;
}

}  // namespace tideway::pii::internal
