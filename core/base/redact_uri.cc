#include <algorithm>
#include <cctype>

#include "core/base/secret.h"

namespace tideway {
namespace {

constexpr size_t kMaxUserBytes = 32;

bool IsOf(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || punctuation.find(static_cast<char>(c)) != text.npos;
  });
}

std::string Part(std::string_view text, bool is_plain) {
  return is_plain ? Redact(text) : std::string(kRedacted);
}

// "host", "host:5432", "[::1]:5432", and several of these with commas.
bool IsHosts(std::string_view hosts) {
  while (!hosts.empty()) {
    const std::string_view host = hosts.substr(0, hosts.find(','));
    hosts.remove_prefix(std::min(hosts.size(), host.size() + 1));
    const size_t bracket = host.rfind(']');
    const size_t colon = host.find(':', bracket == host.npos ? 0 : bracket);
    const std::string_view port = colon == host.npos ? "" : host.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c); })) {
      return false;
    }
    if (!IsOf(host.substr(0, colon), bracket == host.npos ? "-._" : "[:.]")) return false;
  }
  return true;
}

// What stands between "//" and the path.
std::string RedactAuthority(std::string_view authority) {
  const size_t at = authority.find('@');
  if (at == authority.npos) return Part(authority, IsHosts(authority));
  const std::string_view hosts = authority.substr(at + 1);
  const std::string_view user = authority.substr(0, std::min(at, authority.find(':')));
  return Part(user, user.size() <= kMaxUserBytes && IsOf(user, "-._")) + "@" +
         Part(hosts, IsHosts(hosts));
}

// What tells the queries of one database apart: "#query=1f".
bool IsQuery(std::string_view fragment) {
  return fragment.starts_with("#query=") && IsOf(fragment.substr(7), "");
}

}  // namespace

std::string RedactUri(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == uri.npos || !IsOf(uri.substr(0, colon), "+")) return Redact(uri);
  std::string_view rest = uri.substr(colon + 1);
  std::string text = std::string(uri.substr(0, colon + 1));
  const size_t hash = rest.find('#');
  const std::string_view fragment = hash == rest.npos ? "" : rest.substr(hash);
  rest = rest.substr(0, std::min(hash, rest.find('?')));
  if (rest.starts_with("//")) {
    const std::string_view authority = rest.substr(2, rest.find('/', 2) - 2);
    text += "//" + RedactAuthority(authority);
    rest.remove_prefix(2 + authority.size());
  }
  text += Part(rest, rest.find('@') == rest.npos);
  return text + Part(fragment, fragment.empty() || IsQuery(fragment));
}

}  // namespace tideway
