#include "core/hub/remote/webhook.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/utf8.h"
#include "core/hub/remote/json_field.h"

namespace tideway::hub {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

constexpr const char* kAddress = "/api/settings/webhooks";

Status CheckWatched(const Watched& watched) {
  static const std::vector<std::string> types{"dataset", "model", "space", "bucket", "user", "org"};
  if (std::ranges::find(types, watched.type) == types.end()) {
    return Error(ErrorKind::kUsage, fmt::format("hub: a webhook watches no `{}`{}", watched.type,
                                                DidYouMean(watched.type, types)))
        .Hint("the types are dataset, model, space, bucket, user and org");
  }
  // All are named by the rules of a repository; a user and an org without a slash.
  RETURN_NOT_OK(RepoId::Make(RepoType::kDataset, watched.name).status());
  const bool account = watched.type == "user" || watched.type == "org";
  if (account != (watched.name.find('/') != std::string::npos)) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("hub: not the name of a {}: `{}`", watched.type, watched.name))
      .Hint(account ? "write the name alone" : "write namespace/name");
}

Webhook WebhookOf(const json& answer) {
  const json& one = answer.is_object() && answer.contains("webhook") ? answer["webhook"] : answer;
  Webhook hook{.id = TextOf(one, "id"), .url = TextOf(one, "url")};
  for (const json& watched : ListOf(one, "watched")) {
    hook.watched.push_back({TextOf(watched, "type"), TextOf(watched, "name")});
  }
  for (const json& domain : ListOf(one, "domains")) {
    if (domain.is_string()) hook.domains.push_back(domain.get<std::string>());
  }
  const auto disabled = one.is_object() ? one.find("disabled") : one.end();
  // "suspended-after-failure" is one more way of being so.
  hook.disabled = disabled != one.end() && *disabled != json(false) && !disabled->is_null();
  return hook;
}

// `what` is for errors: "list webhooks".
Result<json> Call(Api& api, const std::string& what, const net::Request& request,
                  const CancelToken& cancel) {
  const Settings& settings = api.settings();
  if (settings.token.empty()) {
    return NoToken(settings, fmt::format("hub: there is no token to {}", what));
  }
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api.Ask(request, cancel));
  if (response.status < 400) return json::parse(response.body, nullptr, false);
  if (response.status == 401) return WrongToken(settings);
  Error error = net::ErrorOf(request, response);
  if (response.status == 403) {
    error.Hint(fmt::format("the token of {} may not {}: take one that may change settings",
                           settings.token_source, what));
  } else if (response.status == 404 || response.status == 405) {
    error.Hint("tw.hub.webhooks() lists those that there are; some servers have none");
  }
  return WithContext(fmt::format("hub: cannot {}", what), error);
}

Error NoWebhook(const std::string& what) {
  return Error(ErrorKind::kData, fmt::format("hub: cannot {}: the answer tells of none", what))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

Result<std::string> AddressOf(const std::string& id, const std::string& rest = "") {
  if (id.empty() || !IsUtf8(id)) {
    return Error(ErrorKind::kUsage, "hub: a webhook is named by its id")
        .Hint("tw.hub.webhooks() tells it");
  }
  return fmt::format("{}/{}{}", kAddress, net::EncodeSegment(id), rest);
}

}  // namespace

Status CheckWebhook(const WebhookRequest& request) {
  if (!net::OriginOf(request.url).ok()) {
    return Error(ErrorKind::kUsage,
                 "hub: the url of a webhook is no URL: " + net::RedactUrl(request.url))
        .Hint("write https://host/path");
  }
  if (request.watched.empty()) {
    return Error(ErrorKind::kUsage, "hub: a webhook has to watch something")
        .Hint("write watched = { { type = \"dataset\", name = \"namespace/name\" } }");
  }
  for (const Watched& watched : request.watched) RETURN_NOT_OK(CheckWatched(watched));
  static const std::vector<std::string> domains{"repo", "discussion"};
  for (const std::string& domain : request.domains) {
    if (std::ranges::find(domains, domain) != domains.end()) continue;
    return Error(ErrorKind::kUsage, fmt::format("hub: no domain of a webhook: `{}`{}", domain,
                                                DidYouMean(domain, domains)))
        .Hint("the domains are repo and discussion");
  }
  const bool printable =
      std::ranges::all_of(request.secret, [](char c) { return c >= ' ' && c <= '~'; });
  if (printable) return Status::OK();
  return Error(ErrorKind::kUsage, "hub: the secret of a webhook is not printable ASCII")
      .Hint("it is sent as a header field: take letters, digits and signs");
}

Result<std::vector<Webhook>> ListWebhooks(Api& api, const CancelToken& cancel) {
  const std::string what = "list webhooks";
  ARROW_ASSIGN_OR_RAISE(const json answer,
                        Call(api, what, api.RequestFor("GET", kAddress), cancel));
  if (!answer.is_array()) return NoWebhook(what);
  std::vector<Webhook> hooks;
  for (const json& one : answer) hooks.push_back(WebhookOf(one));
  return hooks;
}

Result<Webhook> CreateWebhook(Api& api, const WebhookRequest& request, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckWebhook(request));
  RegisterSecret(request.secret);
  Json body{{"url", request.url}, {"watched", Json::array()}};
  for (const Watched& one : request.watched) {
    body["watched"].push_back({{"type", one.type}, {"name", one.name}});
  }
  if (!request.domains.empty()) body["domains"] = request.domains;
  if (!request.secret.empty()) body["secret"] = request.secret;
  net::Request asked = api.JsonRequest("POST", kAddress, body);
  asked.idempotent = false;
  const std::string what = "make a webhook";
  const auto called = Call(api, what, asked, cancel);
  // The Hub may repeat the address that it cannot reach, which may hold a token.
  const Status& refused = called.status();
  if (!refused.ok()) return refused.WithMessage(net::RedactEcho(refused.message(), request.url));
  const json& answer = *called;
  Webhook hook = WebhookOf(answer);
  if (hook.id.empty()) return NoWebhook(what);
  LogInfo("hub: made webhook {}", hook.id);
  return hook;
}

Status DeleteWebhook(Api& api, const std::string& id, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const std::string address, AddressOf(id));
  RETURN_NOT_OK(
      Call(api, "delete webhook " + id, api.RequestFor("DELETE", address), cancel).status());
  LogInfo("hub: deleted webhook {}", id);
  return Status::OK();
}

Result<Webhook> SwitchWebhook(Api& api, const std::string& id, bool on, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const std::string address, AddressOf(id, on ? "/enable" : "/disable"));
  const std::string what = fmt::format("{} webhook {}", on ? "enable" : "disable", id);
  net::Request request = api.RequestFor("POST", address);
  request.idempotent = true;
  ARROW_ASSIGN_OR_RAISE(const json answer, Call(api, what, request, cancel));
  Webhook hook = WebhookOf(answer);
  if (hook.id.empty()) return NoWebhook(what);
  LogInfo("hub: {}d webhook {}", on ? "enable" : "disable", id);
  return hook;
}

}  // namespace tideway::hub
