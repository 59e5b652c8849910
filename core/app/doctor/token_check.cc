#include <fmt/format.h>

#include <algorithm>

#include "core/app/doctor/checkup.h"
#include "core/hub/remote/api.h"

namespace tideway::app {
namespace {

Finding WhoseToken(hub::Api& api, const CancelToken& cancel) {
  if (api.settings().token.empty()) {
    return "none, public repositories only; else set HF_TOKEN, or `tideway hub login`";
  }
  ARROW_ASSIGN_OR_RAISE(const hub::Identity identity, api.WhoAmI(cancel, hub::Effort::kBrief));
  std::string found = fmt::format("{} (of {})", identity.name, api.settings().token_source);
  if (!identity.role.empty()) found += ", may " + identity.role;
  if (!identity.expires_at.empty()) found += ", until " + identity.expires_at;
  return found;
}

// Whether the files of the dataset may be read. Servers without that question are asked for the
// dataset itself.
Status MayRead(hub::Api& api, const hub::RepoId& repo, const CancelToken& cancel) {
  net::Request request = api.RequestFor("GET", repo.api_path() + "/auth-check");
  api.MakeBrief(request);
  const Status status = api.Send(request, {repo}, cancel).status();
  if (status.ok() || KindOf(status) != ErrorKind::kNotFound) return status;
  return api.Info(repo, "", cancel, hub::Effort::kBrief).status();
}

}  // namespace

Finding CheckToken(const DoctorOptions& options, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(hub::Settings settings, hub::Settings::Read(hub::ProcessVariable));
  if (settings.offline) {
    if (options.dataset.empty()) return "offline: the Hub is not asked";
    return Error(ErrorKind::kNetwork,
                 "doctor: offline, so that nobody tells who may read " + options.dataset)
        .Hint("unset HF_HUB_OFFLINE, or leave --dataset out");
  }
  settings.etag_timeout_s = std::min(settings.etag_timeout_s, options.timeout_s);
  hub::Api api(settings, net::SharedClient());
  ARROW_ASSIGN_OR_RAISE(std::string found, WhoseToken(api, cancel));
  if (options.dataset.empty()) return found;
  ARROW_ASSIGN_OR_RAISE(const hub::RepoId repo,
                        hub::RepoId::Make(hub::RepoType::kDataset, options.dataset));
  RETURN_NOT_OK(MayRead(api, repo, cancel));
  return found + ", may read " + repo.id;
}

}  // namespace tideway::app
