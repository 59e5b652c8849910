#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/pii/bytes_internal.h"
#include "core/pii/randomness_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr auto kStandIns = std::to_array<std::string_view>(
    {"example", "changeme", "change_me", "change-me", "your",     "xxxx",      "placeholder",
     "p4ss",    "p@ss",     "replace",   "insert",    "dummy",    "sample",    "password",
     "passwd",  "secret",   "token",     "default",   "redacted", "123456",    "abcdef",
     "test",    "fake",     "todo",      "null",      "none",     "undefined", "hidden",
     "...",     "****",     "0000000",   "1111111"});

// What redaction puts in the place of a JWT begins so: {"alg":"none"}.
constexpr std::string_view kUnsignedJwt = "eyJhbGciOiJub25lIn0.";

struct Classes {
  bool lower = false, upper = false, digit = false, sign = false;
  size_t digits = 0;
  size_t changes = 0;  // between small letters, capitals and digits
  int count() const { return lower + upper + digit + sign; }
};

Classes ClassesOf(std::string_view value) {
  Classes classes;
  int last = 0;
  for (char c : value) {
    const int now = Is(c, kLowerByte) ? 1 : Is(c, kUpperByte) ? 2 : IsDigit(c) ? 3 : 4;
    classes.lower |= now == 1;
    classes.upper |= now == 2;
    classes.digit |= now == 3;
    // What parts the words of a name is no sign of chance.
    classes.sign |= now == 4 && !IsOneOf(c, "_-./:# ");
    classes.digits += now == 3;
    classes.changes += last != 0 && now != last;
    last = now;
  }
  return classes;
}

// 8-4-4-4-12: names things, and is no secret.
bool IsUuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (size_t i = 0; i < 36; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? value[i] != '-' : !Is(value[i], kHexByte)) return false;
  }
  return true;
}

bool IsHex(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return Is(c, kHexByte); });
}

}  // namespace

double EntropyBits(std::string_view value) {
  std::array<int, 256> counts{};
  for (char c : value) ++counts[static_cast<uint8_t>(c)];
  double bits = 0;
  for (int count : counts) {
    if (count == 0) continue;
    const double share = count / static_cast<double>(value.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool IsTemplate(std::string_view value) {
  if (value.empty()) return false;
  return IsOneOf(value[0], "<$[{*%") || value.starts_with("&lt;") ||
         value.find("${") != value.npos || value.find("{{") != value.npos;
}

bool IsPlaceholder(std::string_view value) {
  if (value.empty() || IsTemplate(value) || value.starts_with(kUnsignedJwt)) return true;
  if (value.find_first_not_of(value[0]) == value.npos) return true;
  std::string lower(value);
  std::ranges::transform(lower, lower.begin(), Lower);
  return std::ranges::any_of(kStandIns, [&](auto word) { return lower.find(word) != lower.npos; });
}

bool IsRandomToken(std::string_view value) {
  if (value.size() < 16 || IsUuid(value) || value.find("://") != value.npos) return false;
  const Classes classes = ClassesOf(value);
  const double bits = EntropyBits(value);
  if (IsHex(value))
    return value.size() >= 24 && classes.digit && (classes.lower || classes.upper) && bits >= 2.8;
  if (classes.lower && classes.upper && classes.digit) {
    return bits >= 3.3 && classes.changes * 3 >= value.size();
  }
  if (classes.lower && classes.upper && value.size() >= 24 &&
      value.find_first_of("./: ") == value.npos) {
    return bits >= 3.7 && classes.changes * 5 >= value.size() * 2;
  }
  return value.size() >= 20 && classes.digits >= 4 && (classes.lower || classes.upper) &&
         bits >= 3.5 && classes.changes * 4 >= value.size();
}

bool IsRandomPassword(std::string_view value) {
  if (IsRandomToken(value)) return true;
  std::string sorted(value);
  std::ranges::sort(sorted);
  const auto distinct = std::ranges::unique(sorted).begin() - sorted.begin();
  return value.size() >= 8 && ClassesOf(value).count() >= 3 && distinct >= 6;
}

}  // namespace tideway::pii::internal
