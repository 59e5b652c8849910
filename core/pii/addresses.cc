// IP addresses. As inet_pton reads them, but that an IPv6 address has to be of a block that is in
// use.
#include <algorithm>
#include <array>
#include <optional>

#include "core/pii/context_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostIpv6Bytes = 39;

constexpr auto kVersionWords = std::to_array<std::string_view>(
    {"version*", "ver",      "v",        "spec*",    "standard", "ecma",   "std",    "release*",
     "rev",      "revision", "section*", "chapter",  "clause",   "table",  "figure", "oid",
     "build",    "firmware", "culture",  "appendix", "upgrade*", "update*"});
constexpr auto kHostWords = std::to_array<std::string_view>(
    {"ip", "ips", "ipv", "host*", "addr*", "server*", "dns", "nameserver*", "ping", "client*",
     "peer*", "gateway", "proxy", "bind", "listen", "remote", "ssh"});

using Octets = std::array<int, 4>;
struct Dotted {
  Octets octets;
  size_t end;
};

// Four numbers up to 255, without leading zeros, from `begin` on.
std::optional<Dotted> ReadOctets(std::string_view text, size_t begin) {
  Dotted dotted{.octets = {}, .end = begin};
  for (size_t part = 0; part < 4; ++part) {
    size_t& end = dotted.end;
    if (part > 0 && (end >= text.size() || text[end++] != '.')) return std::nullopt;
    const size_t first = end;
    int value = 0;
    for (; end < text.size() && IsDigit(text[end]) && end - first < 4; ++end) {
      value = 10 * value + (text[end] - '0');
    }
    if (first == end || value > 255 || (text[first] == '0' && end - first > 1)) return std::nullopt;
    dotted.octets[part] = value;
  }
  return dotted;
}

enum class Reach { kPublic, kPrivate, kNone };

// IANA's registry of special addresses. kNone: loopback, documentation, multicast, netmasks.
Reach ReachOf(const Octets& o) {
  const int a = o[0], b = o[1], c = o[2];
  if (a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
      (a == 100 && b >= 64 && b < 128)) {
    return Reach::kPrivate;
  }
  if (a == 0 || a == 127 || a >= 224 || (a == 169 && b == 254) ||
      (a == 198 && (b == 18 || b == 19)) || (a == 192 && b == 0 && (c == 0 || c == 2)) ||
      (a == 192 && b == 88 && c == 99) || (a == 198 && b == 51 && c == 100) ||
      (a == 203 && b == 0 && c == 113)) {
    return Reach::kNone;
  }
  return Reach::kPublic;
}

// iso.org.dod.internet, attribute types and certificate extensions: what dotted numbers of four
// parts mean in code.
bool IsObjectIdentifier(const Octets& o) {
  return (o[0] == 1 && o[1] == 3 && o[2] == 6 && o[3] == 1) ||
         (o[0] == 2 && o[1] == 5 && (o[2] == 4 || o[2] == 29));
}

// Whether what joins it to its neighbours is what joins addresses: `//`, `@`, a port, a prefix.
bool StandsAlone(const Scan& scan, size_t begin, size_t end) {
  const std::string_view text = scan.text;
  const char before = scan.Before(begin), behind = scan.At(end), next = scan.At(end + 1);
  if (IsWord(before) || IsOneOf(before, ".~^") ||
      (before == '-' && begin > 1 && !Is(text[begin - 2], kSpaceByte | kDigitByte))) {
    return false;
  }
  if (before == '/' && begin > 1 && IsAlnum(text[begin - 2])) return false;
  if (IsWord(behind) || (behind == '.' && IsAlnum(next)) ||
      (behind == '-' && Is(next, kLetterByte)))
    return false;
  return true;
}

// Whether it is the version of a package, joined to its name: pkg==1.2.3.4, group:name:1.2.3.4.
bool IsJoinedVersion(std::string_view text, size_t begin) {
  if (begin < 2) return false;
  if (text[begin - 1] == '=') return IsOneOf(text[begin - 2], "=<>~!");
  if (text[begin - 1] == '>' || text[begin - 1] == '<') return IsOneOf(text[begin - 2], "~-");
  if (text[begin - 1] != ':') return false;
  size_t i = begin - 1;
  while (i > 0 && (IsWord(text[i - 1]) || IsOneOf(text[i - 1], ".-"))) --i;
  return i > 0 && i < begin - 1 && text[i - 1] == ':';
}

bool IsVersion(Scan& scan, size_t begin, const Octets& octets) {
  if (IsObjectIdentifier(octets) || IsJoinedVersion(scan.text, begin)) return true;
  const std::string_view left = LeftContext(scan, begin);
  const size_t host = LastWord(left, kHostWords);
  const size_t version = LastWord(left, kVersionWords);
  if (version > host || (host == 0 && LastWord(scan.columns.NameAt(begin), kVersionWords) > 0))
    return true;
  // Small numbers only are a version more often than not.
  const bool small = *std::ranges::max_element(octets) < 32;
  return small && host == 0 && LastWord(scan.columns.NameAt(begin), kHostWords) == 0;
}

struct Groups {
  std::array<uint32_t, 8> values = {};
  int count = 0;
  int gap = -1;  // how many groups stand before ::
};

std::optional<Groups> ReadGroups(std::string_view text) {
  Groups groups;
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("::")) {
      if (groups.gap >= 0) return std::nullopt;
      groups.gap = groups.count;
      i += 2;
      continue;
    }
    if (groups.count > 0 && groups.gap != groups.count) {
      if (text[i] != ':') return std::nullopt;
      ++i;
    }
    uint32_t value = 0;
    size_t digits = 0;
    for (; i < text.size() && Is(text[i], kHexByte); ++i, ++digits) {
      const char c = Lower(text[i]);
      value = value << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : c - 'a' + 10);
    }
    if (digits == 0 || digits > 4 || groups.count == 8) return std::nullopt;
    groups.values[static_cast<size_t>(groups.count++)] = value;
  }
  const bool whole = groups.gap < 0 ? groups.count == 8 : groups.count < 8;
  return whole ? std::optional(groups) : std::nullopt;
}

Reach ReachOf(const Groups& groups) {
  const uint32_t first = groups.values[0], second = groups.gap == 1 ? 0 : groups.values[1];
  if ((first & 0xFFC0) == 0xFE80 || (first & 0xFE00) == 0xFC00) return Reach::kPrivate;
  if ((first & 0xE000) != 0x2000 || groups.count == 1) return Reach::kNone;  // 2000::/3 is a block
  const bool special =
      (first == 0x2001 && (second == 0x0DB8 || second < 0x0200)) || first == 0x3FFF;
  return special ? Reach::kNone : Reach::kPublic;
}

bool IsWanted(const Scan& scan, Reach reach) {
  if (!scan.settings.Checks(Check::kPublicAddress)) return true;
  return reach == Reach::kPublic || (reach == Reach::kPrivate && !scan.settings.public_only);
}

}  // namespace

void FindIpv4(Scan& scan, size_t dot) {
  if (!scan.settings.Has(Kind::kIpv4)) return;
  size_t begin = dot;
  while (begin > 0 && dot - begin < 4 && IsDigit(scan.text[begin - 1])) --begin;
  const auto dotted = ReadOctets(scan.text, begin);
  if (!dotted || !IsWanted(scan, ReachOf(dotted->octets))) return;
  if (scan.Fails(Check::kWholeNumber, StandsAlone(scan, begin, dotted->end))) return;
  if (scan.Fails(Check::kVersionContext, !IsVersion(scan, begin, dotted->octets))) return;
  scan.Add(Kind::kIpv4, begin, dotted->end);
}

bool FindIpv6(Scan& scan, size_t begin) {
  const char before = scan.Before(begin);
  if (!scan.settings.Has(Kind::kIpv6) || IsWord(before) || before == ':' || before == '.')
    return false;
  size_t end = begin;
  while (end < scan.text.size() && end - begin <= kMostIpv6Bytes &&
         (Is(scan.text[end], kHexByte) || scan.text[end] == ':'))
    ++end;
  if (scan.text[end - 1] == ':' && scan.text[end - 2] != ':') --end;
  const bool longer = scan.At(end) == ':' && Is(scan.At(end + 1), kHexByte);
  const auto groups = longer || end - begin > kMostIpv6Bytes
                          ? std::nullopt
                          : ReadGroups(scan.text.substr(begin, end - begin));
  if (scan.Fails(Check::kIpv6Form, groups && !IsWord(scan.At(end)))) return false;
  if (groups && !IsWanted(scan, ReachOf(*groups))) return false;
  scan.Add(Kind::kIpv6, begin, end);
  return true;
}

}  // namespace tideway::pii::internal
