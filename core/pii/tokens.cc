// Keys of known services, JSON Web Tokens, and private keys.
#include <algorithm>
#include <array>
#include <optional>

#include "core/pii/context_internal.h"
#include "core/pii/randomness_internal.h"
#include "core/pii/token_formats_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostKeyBytes = 16384;
constexpr size_t kFewestKeyBytes = 64;
constexpr size_t kMostJwtBytes = 8192;

// Of one two first bytes the longer prefix first.
bool ComesFirst(const TokenFormat& a, const TokenFormat& b) {
  const std::string_view a_pair = a.prefix.substr(0, 2), b_pair = b.prefix.substr(0, 2);
  return a_pair != b_pair ? a_pair < b_pair : a.prefix.size() > b.prefix.size();
}

const TokenFormat* FormatOf(std::string_view text) {
  static const auto sorted = [] {
    auto formats = kTokenFormats;
    std::ranges::sort(formats, ComesFirst);
    return formats;
  }();
  const std::string_view pair = text.substr(0, 2);
  const auto pair_of = [](const TokenFormat& format) { return format.prefix.substr(0, 2); };
  for (const TokenFormat& format : std::ranges::equal_range(sorted, pair, {}, pair_of)) {
    if (text.starts_with(format.prefix)) return &format;
  }
  return nullptr;
}

bool IsLetter(char c, const TokenFormat& format) {
  if (IsOneOf(c, format.parts) && !format.parts.empty()) return true;
  switch (format.letters) {
    case Letters::kHex:
      return Is(c, kHexByte) && !Is(c, kUpperByte);
    case Letters::kUpper:
      return Is(c, kUpperByte | kDigitByte);
    case Letters::kAlnum:
      return IsAlnum(c);
    case Letters::kBase64Url:
      return IsBase64Url(c);
  }
  return false;
}

bool IsTokenBody(std::string_view body, const TokenFormat& format) {
  if (body.size() < format.least || body.size() > format.most) return false;
  if (body.find(format.inside) == body.npos) return false;
  if (body.starts_with("FAKE") || body.ends_with("EXAMPLE")) return false;
  const bool mixed = format.letters == Letters::kUpper || std::ranges::any_of(body, IsDigit) ||
                     (std::ranges::any_of(body, [](char c) { return Is(c, kUpperByte); }) &&
                      std::ranges::any_of(body, [](char c) { return Is(c, kLowerByte); }));
  return mixed && EntropyBits(body) >= 2.5 && body.find("xxxx") == body.npos &&
         body.find("XXXX") == body.npos;
}

size_t EndOf(std::string_view text, size_t begin, size_t most, auto is_part) {
  size_t end = begin;
  while (end < text.size() && end - begin < most && is_part(text[end])) ++end;
  return end;
}

// The first bytes that base64url text stands for.
std::string Decoded(std::string_view text, size_t most) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const uint32_t value = Is(c, kUpperByte)   ? static_cast<uint32_t>(c - 'A')
                           : Is(c, kLowerByte) ? static_cast<uint32_t>(c - 'a' + 26)
                           : IsDigit(c)        ? static_cast<uint32_t>(c - '0' + 52)
                           : c == '-'          ? 62
                                               : 63;
    bits = bits << 6 | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
    if (bytes.size() == most) break;
  }
  return bytes;
}

// The end of the words "PRIVATE KEY-----" in a line that begins with -----BEGIN or -----END.
std::optional<size_t> LabelEnd(std::string_view text, size_t begin) {
  const size_t end =
      EndOf(text, begin, 40, [](char c) { return Is(c, kUpperByte | kDigitByte) || c == ' '; });
  const std::string_view label = text.substr(begin, end - begin);
  if (!label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK")) return std::nullopt;
  if (!text.substr(end).starts_with("-----")) return std::nullopt;
  return end + 5;
}

// How many bytes of a key there are, whatever else a string in code puts between them: \n, quotes,
// +.
size_t CountKeyBytes(std::string_view body) {
  size_t count = 0, run = 0;
  for (char c : body) {
    run = IsAlnum(c) || c == '+' || c == '/' ? run + 1 : 0;
    if (run >= 16) count += run == 16 ? 16 : 1;
  }
  return count;
}

}  // namespace

void FindToken(Scan& scan, size_t begin) {
  const TokenFormat* format = FormatOf(scan.text.substr(begin));
  if (format == nullptr) return;
  const char before = scan.Before(begin);
  if (IsWord(before) || before == '-') return;
  const size_t body = begin + format->prefix.size();
  const size_t end =
      EndOf(scan.text, body, format->most + 1u, [&](char c) { return IsLetter(c, *format); });
  const bool good =
      IsTokenBody(scan.text.substr(body, end - body), *format) && !IsWord(scan.At(end));
  if (scan.Fails(Check::kTokenBody, good)) return;
  constexpr std::string_view kScheme = "https://";
  const bool url = scan.text.substr(0, begin).ends_with(kScheme);
  scan.Add(Kind::kApiKey, url ? begin - kScheme.size() : begin, end);
}

void FindJwt(Scan& scan, size_t begin) {
  const std::string_view text = scan.text;
  if (!text.substr(begin).starts_with("eyJ")) return;
  const size_t header = EndOf(text, begin, kMostJwtBytes, IsBase64Url);
  if (!text.substr(header).starts_with(".eyJ")) return;
  const size_t payload = EndOf(text, header + 1, kMostJwtBytes, IsBase64Url);
  if (scan.At(payload) != '.') return;
  const size_t end = EndOf(text, payload + 1, kMostJwtBytes, IsBase64Url);
  const std::string head = Decoded(text.substr(begin, header - begin), 512);
  const bool known =
      head.starts_with("{\"") && head.find("\"alg\"") != head.npos && end - payload > 20;
  if (scan.Fails(Check::kJwtHeader, known)) return;
  scan.Add(Kind::kJwt, begin, end);
}

void FindPrivateKey(Scan& scan, size_t dashes) {
  const std::string_view text = scan.text;
  constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ";
  if (!scan.settings.Has(Kind::kPrivateKey) || !text.substr(dashes).starts_with(kBegin)) return;
  const auto body = LabelEnd(text, dashes + kBegin.size());
  if (!body) return;
  const std::string_view rest = text.substr(*body, kMostKeyBytes);
  const size_t size = std::min(rest.find("-----"), rest.size());
  std::optional<size_t> end;
  if (rest.substr(size).starts_with(kEnd)) end = LabelEnd(text, *body + size + kEnd.size());
  if (!end) {  // the text ends within the key
    end = EndOf(text, *body, kMostKeyBytes,
                [](char c) { return IsAlnum(c) || IsOneOf(c, "+/=\r\n"); });
  }
  const size_t key_bytes = CountKeyBytes(text.substr(*body, *end - *body));
  const bool fake = rest.starts_with("FAKE");
  if (fake || scan.Fails(Check::kKeyBody, key_bytes >= kFewestKeyBytes)) return;
  scan.Add(Kind::kPrivateKey, dashes, *end);
}

}  // namespace tideway::pii::internal
