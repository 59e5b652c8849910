#include "core/hub/remote/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <set>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/net/url.h"

namespace tideway::hub {
namespace {

constexpr const char* kNoImplicitToken = "HF_HUB_DISABLE_IMPLICIT_TOKEN";

std::string First(const Lookup& lookup, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto value = lookup(name); value && !value->empty()) return *value;
  }
  return "";
}

bool IsOn(const Lookup& lookup, const char* name) {
  std::string value = First(lookup, {name});
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::toupper(c); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

// `~` and `$NAME` or `${NAME}`, as Python's expanduser and expandvars read them.
std::string Expanded(const std::string& path, const Lookup& lookup) {
  std::string expanded;
  for (size_t at = 0; at < path.size();) {
    if (at == 0 && path[0] == '~' && (path.size() == 1 || path[1] == '/')) {
      expanded += First(lookup, {"HOME"});
      ++at;
    } else if (path[at] == '$') {
      const bool braced = at + 1 < path.size() && path[at + 1] == '{';
      const size_t from = at + (braced ? 2 : 1);
      size_t end = from;
      while (end < path.size() &&
             (std::isalnum(static_cast<unsigned char>(path[end])) || path[end] == '_'))
        ++end;
      const auto value = lookup(path.substr(from, end - from));
      const bool closed = !braced || (end < path.size() && path[end] == '}');
      if (end > from && closed && value) {
        expanded += *value;
        at = end + (braced ? 1 : 0);
      } else {
        expanded += path[at++];
      }
    } else {
      expanded += path[at++];
    }
  }
  return expanded;
}

std::string Stripped(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  const size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string HomeFolder(const Lookup& lookup) {
  if (const std::string home = First(lookup, {"HF_HOME"}); !home.empty()) {
    return Expanded(home, lookup);
  }
  const std::string cache = First(lookup, {"XDG_CACHE_HOME"});
  return Expanded(cache.empty() ? "~/.cache/huggingface" : cache + "/huggingface", lookup);
}

Status ReadToken(const Lookup& lookup, const std::string& home, Settings& settings) {
  const std::string given = First(lookup, {"HF_TOKEN_PATH"});
  settings.login_path = given.empty() ? home + "/token" : Expanded(given, lookup);
  if (IsOn(lookup, kNoImplicitToken)) return Status::OK();
  settings.wants_oidc = !First(lookup, {"HF_OIDC_RESOURCE"}).empty();
  for (const char* name :
       {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN", "HUGGINGFACE_API_KEY"}) {
    settings.token = Stripped(lookup(name).value_or(""));
    settings.token_source = name;
    if (!settings.token.empty()) return Status::OK();
  }
  settings.token_source.clear();
  if (!FileExists(settings.login_path)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(settings.login_path));
  settings.token = Stripped(text);
  if (!settings.token.empty()) settings.token_source = settings.login_path;
  return Status::OK();
}

Result<double> Seconds(const Lookup& lookup, const char* name, double fallback) {
  const std::string text = First(lookup, {name});
  if (text.empty()) return fallback;
  double seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (code == std::errc() && end == text.data() + text.size() && seconds > 0 && seconds <= 86400) {
    return seconds;
  }
  return Error(ErrorKind::kUsage, fmt::format("hub: {} is no number of seconds: {}", name, text));
}

// The address in a variable, else the Hub's own where the endpoint is.
Result<std::string> ServiceOf(const Lookup& lookup, const char* name, const std::string& endpoint,
                              const char* usual) {
  std::string address = First(lookup, {name});
  if (address.empty()) return endpoint == Settings().endpoint ? usual : "";
  while (address.ends_with('/')) address.pop_back();
  if (net::OriginOf(address).ok()) return address;
  return Error(ErrorKind::kUsage,
               fmt::format("hub: {} is no URL: {}", name, net::RedactUrl(address)))
      .Hint("write https://host, or https://host/path");
}

}  // namespace

Lookup Anonymous(Lookup lookup) {
  return [lookup = std::move(lookup)](const std::string& name) -> std::optional<std::string> {
    return name == kNoImplicitToken ? "1" : lookup(name);
  };
}

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<Settings> Settings::Read(const Lookup& lookup) {
  Settings settings;
  if (const std::string given = First(lookup, {"HF_ENDPOINT"}); !given.empty()) {
    settings.endpoint = given;
  } else if (IsOn(lookup, "HUGGINGFACE_CO_STAGING")) {
    settings.endpoint = "https://hub-ci.huggingface.co";
  }
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  if (!net::OriginOf(settings.endpoint).ok()) {
    return Error(ErrorKind::kUsage,
                 "hub: HF_ENDPOINT is no URL: " + net::RedactUrl(settings.endpoint))
        .Hint("write https://host, or https://host/path");
  }
  const std::string home = HomeFolder(lookup);
  const std::string cache = First(lookup, {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  settings.cache = cache.empty() ? home + "/hub" : Expanded(cache, lookup);
  settings.state = home + "/tideway";
  RETURN_NOT_OK(ReadToken(lookup, home, settings));
  RegisterSecret(settings.token);
  settings.offline = IsOn(lookup, "HF_HUB_OFFLINE") || IsOn(lookup, "TRANSFORMERS_OFFLINE") ||
                     IsOn(lookup, "HF_DATASETS_OFFLINE");
  settings.symlinks = !IsOn(lookup, "HF_HUB_DISABLE_SYMLINKS");
  ARROW_ASSIGN_OR_RAISE(settings.etag_timeout_s,
                        Seconds(lookup, "HF_HUB_ETAG_TIMEOUT", settings.etag_timeout_s));
  ARROW_ASSIGN_OR_RAISE(settings.download_timeout_s,
                        Seconds(lookup, "HF_HUB_DOWNLOAD_TIMEOUT", settings.download_timeout_s));
  settings.user_agent_origin = First(lookup, {"HF_HUB_USER_AGENT_ORIGIN"});
  ARROW_ASSIGN_OR_RAISE(settings.viewer, ServiceOf(lookup, "HF_DATASETS_SERVER", settings.endpoint,
                                                   "https://datasets-server.huggingface.co"));
  ARROW_ASSIGN_OR_RAISE(settings.inference,
                        ServiceOf(lookup, "HF_INFERENCE_ENDPOINT", settings.endpoint,
                                  "https://router.huggingface.co"));
  return settings;
}

void LogHub(const Settings& settings) {
  const std::string line = fmt::format(
      "hub: {} {}{}", net::RedactUrl(settings.endpoint),
      settings.token.empty() ? "without a token" : "with the token of " + settings.token_source,
      settings.offline ? ", offline" : "");
  static std::mutex mutex;
  static std::set<std::string> told;
  std::lock_guard lock(mutex);
  if (told.insert(line).second) LogInfo("{}", line);
  constexpr const char* kPassedOver =
      "hub: HF_OIDC_RESOURCE is passed over: no token is exchanged here; set HF_TOKEN";
  if (settings.wants_oidc && told.insert(kPassedOver).second) LogWarn("{}", kPassedOver);
}

}  // namespace tideway::hub
