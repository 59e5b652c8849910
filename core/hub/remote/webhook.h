// Webhooks of the token's owner: addresses that the Hub calls when something that they watch
// changes.
//
//   ARROW_ASSIGN_OR_RAISE(const Webhook hook, CreateWebhook(api, {.url = "https://host/hook",
//       .watched = {{"dataset", "acme/reviews"}}}, cancel));
//
// The secret that a webhook sends is given once and never read back. Threads: any; all but
// CheckWebhook block. Errors: usage, auth, not_found, and of the client.
#pragma once

#include <string>
#include <vector>

#include "core/hub/remote/api.h"

namespace tideway::hub {

struct Watched {
  std::string type;  // "dataset", "model", "space", "bucket", "user" or "org"
  std::string name;  // "acme/reviews"; "acme" of a user and an org
};

struct Webhook {
  std::string id;
  std::string url = {};
  std::vector<Watched> watched = {};
  std::vector<std::string> domains = {};  // "repo", "discussion"
  bool disabled = false;
};

struct WebhookRequest {
  std::string url;
  std::vector<Watched> watched;
  std::vector<std::string> domains = {};  // empty: all
  std::string secret = {};                // sent as X-Webhook-Secret; ASCII; empty: none
};

Status CheckWebhook(const WebhookRequest& request);

Result<std::vector<Webhook>> ListWebhooks(Api& api, const CancelToken& cancel);
// A call that breaks off is not repeated, for there would be two: look at the list.
Result<Webhook> CreateWebhook(Api& api, const WebhookRequest& request, const CancelToken& cancel);
Status DeleteWebhook(Api& api, const std::string& id, const CancelToken& cancel);
// Enables or disables it.
Result<Webhook> SwitchWebhook(Api& api, const std::string& id, bool on, const CancelToken& cancel);

}  // namespace tideway::hub
