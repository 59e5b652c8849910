#include "core/hub/remote/visibility.h"

#include <nlohmann/json.hpp>

#include "core/base/log.h"

namespace tideway::hub {

void WarnOfVisibility(Api& api, const RepoId& repo, Visibility wanted, const CancelToken& cancel) {
  if (wanted == Visibility::kUnsaid) return;
  const auto response = api.Send(api.RequestFor("GET", repo.api_path()), {repo}, cancel);
  if (!response.ok()) {
    LogDebug("hub: whether {} is private is not known: {}", repo.id, response.status().message());
    return;
  }
  const auto answer = nlohmann::json::parse(response->body, nullptr, false);
  if (!answer.is_object() || !answer.contains("private") || !answer["private"].is_boolean()) return;
  const bool is_private = answer["private"].get<bool>();
  if (is_private == (wanted == Visibility::kPrivate)) return;
  LogWarn("hub: {} is {} and stays so: change it at {}/{}/settings", repo.id,
          is_private ? "private" : "public", api.settings().endpoint, repo.web_path());
}

}  // namespace tideway::hub
