#include "core/net/curl_line.h"

#include <fmt/format.h>

#include "core/base/secret.h"
#include "core/net/url.h"

namespace tideway::net {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string CurlLine(const Request& request, const std::string& url, const Headers& sent) {
  std::string line = "curl";
  if (request.method == "HEAD") {
    line += " -I";
  } else if (request.method != "GET") {
    line += " -X " + request.method;
  }
  for (const auto& [name, value] : sent.fields()) {
    const bool secret = request.credentials.Find(name).has_value() || IsSecretName(name);
    line += " -H " + Quoted(name + ": " + (secret ? std::string(kRedacted) : Redact(value)));
  }
  if (request.body) line += fmt::format(" --data-binary @<{} bytes>", request.body->size);
  return line + " " + Quoted(RedactUrl(url));
}

}  // namespace tideway::net
