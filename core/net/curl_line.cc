#include "core/net/curl_line.h"

#include <fmt/format.h>

#include "core/base/secret.h"

namespace tideway::net {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// Fields that tell who asks, however they were given.
bool IsCredential(const std::string& name) {
  static const Headers known{{"Authorization", ""}, {"Proxy-Authorization", ""},
                             {"Cookie", ""},        {"X-Api-Key", ""},
                             {"X-Auth-Token", ""},  {"X-Amz-Security-Token", ""}};
  return known.Find(name).has_value();
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
    const bool secret = request.credentials.Find(name).has_value() || IsCredential(name);
    line += " -H " + Quoted(name + ": " + (secret ? std::string(kRedacted) : Redact(value)));
  }
  if (request.body) line += fmt::format(" --data-binary @<{} bytes>", request.body->size);
  return line + " " + Quoted(RedactUrl(url));
}

}  // namespace tideway::net
