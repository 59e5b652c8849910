#include "core/hub/remote/tags.h"

#include <fmt/format.h>

#include <algorithm>

namespace tideway::hub {

Status MakeTag(Api& api, const RepoId& repo, const Tag& tag, const std::string& message,
               const CancelToken& cancel) {
  RETURN_NOT_OK(CheckTag(tag.name));
  nlohmann::ordered_json body{{"tag", tag.name}};
  if (!message.empty()) body["message"] = message;
  const net::Request request = api.JsonRequest(
      "POST", fmt::format("{}/tag/{}", repo.api_path(), net::EncodeSegment(tag.commit)), body);
  const auto answer = api.Send(request, {repo, tag.commit}, cancel);
  if (answer.ok()) return Status::OK();
  // The answer to an earlier try may have been lost.
  const auto refs = api.ListRefs(repo, cancel);
  const bool made = refs.ok() && std::ranges::any_of(refs->tags, [&](const Ref& one) {
                      return one.name == tag.name && one.commit == tag.commit;
                    });
  return made ? Status::OK() : answer.status();
}

Status DropTag(Api& api, const RepoId& repo, const std::string& name, const CancelToken& cancel) {
  const net::Request request =
      api.RequestFor("DELETE", fmt::format("{}/tag/{}", repo.api_path(), net::EncodeSegment(name)));
  const auto dropped = api.Send(request, {repo, name}, cancel);
  if (dropped.ok()) return Status::OK();
  const auto refs = api.ListRefs(repo, cancel);
  const bool gone =
      refs.ok() && std::ranges::find(refs->tags, name, &Ref::name) == refs->tags.end();
  return gone ? Status::OK() : dropped.status();
}

}  // namespace tideway::hub
