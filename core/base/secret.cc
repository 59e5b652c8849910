#include "core/base/secret.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace tideway {
namespace {

constexpr size_t kMinSecretBytes = 4;

std::shared_mutex secrets_mutex;
// Longest first, so that a secret that holds another one goes as a whole.
std::vector<std::string>& Secrets() {
  static std::vector<std::string> secrets;
  return secrets;
}

enum class HexCase { kUpper, kLower };

std::string PercentEncoded(std::string_view value, HexCase hex_case) {
  const char* digits = hex_case == HexCase::kUpper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      text += c;
    } else {
      text += '%';
      text += digits[byte >> 4];
      text += digits[byte & 15];
    }
  }
  return text;
}

void AddSecret(std::string value) {
  auto& secrets = Secrets();
  if (std::find(secrets.begin(), secrets.end(), value) != secrets.end()) return;
  auto longer = [&](const std::string& other) { return other.size() < value.size(); };
  secrets.insert(std::find_if(secrets.begin(), secrets.end(), longer), std::move(value));
}

struct Match {
  size_t position = std::string_view::npos;
  size_t size = 0;
};

// The first secret in `text` from `start` on; of several at one place the longest.
Match FindSecret(std::string_view text, size_t start) {
  Match first;
  for (const std::string& secret : Secrets()) {
    const size_t position = text.find(secret, start);
    if (position < first.position) first = {position, secret.size()};
  }
  return first;
}

std::string ReplaceSecrets(std::string_view text) {
  std::shared_lock lock(secrets_mutex);
  std::string redacted;
  size_t at = 0;
  for (Match match; (match = FindSecret(text, at)).position != text.npos;) {
    redacted.append(text, at, match.position - at).append(kRedacted);
    at = match.position + match.size;
  }
  return redacted.append(text, at);
}

// The password of each `scheme://user:password@`. The last `@` before the authority's end counts:
// a password written without percent-encoding may hold one.
void RedactPasswords(std::string& text) {
  size_t at = 0;
  while ((at = text.find("://", at)) != text.npos) {
    const size_t start = at + 3;
    const size_t end = std::min(text.find_first_of("/?# \t\r\n\"'<>", start), text.size());
    const size_t host = text.rfind('@', end == 0 ? 0 : end - 1);
    const size_t colon = text.find(':', start);
    at = start;
    if (host == text.npos || host < start || colon >= host) continue;
    text.replace(colon + 1, host - colon - 1, kRedacted);
    at = colon + 1 + kRedacted.size();
  }
}

}  // namespace

void RegisterSecret(std::string_view value) {
  if (value.size() < kMinSecretBytes) return;
  std::unique_lock lock(secrets_mutex);
  AddSecret(std::string(value));
  AddSecret(PercentEncoded(value, HexCase::kUpper));
  AddSecret(PercentEncoded(value, HexCase::kLower));
}

std::string Redact(std::string_view text) {
  std::string redacted = ReplaceSecrets(text);
  RedactPasswords(redacted);
  return redacted;
}

}  // namespace tideway
