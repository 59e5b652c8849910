#include "core/hub/remote/viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/log.h"
#include "core/hub/remote/service_request.h"

namespace tideway::hub {
namespace {

constexpr std::array<std::string_view, 5> kQuestions{"size", "statistics", "parquet", "splits",
                                                     "is-valid"};

std::string CodeOf(const net::Response& response) {
  return response.headers.Find("X-Error-Code").value_or("");
}

}  // namespace

Viewer::Viewer(Api& api, RepoId repo, Patience patience)
    : api_(api), repo_(std::move(repo)), patience_(std::move(patience)) {}

Status Viewer::Check(const ViewerQuestion& question) const {
  if (std::ranges::find(kQuestions, question.what) == kQuestions.end()) {
    return Error(ErrorKind::kUsage,
                 fmt::format("hub: the viewer is not asked for `{}`", question.what))
        .Hint(fmt::format("ask for {}", fmt::join(kQuestions, ", ")));
  }
  const bool needs_split = question.what == "statistics";
  if ((question.config.empty() && !question.split.empty()) ||
      (needs_split && question.split.empty())) {
    return Error(ErrorKind::kUsage,
                 fmt::format("hub: {} of the viewer is of a split of a configuration: name both",
                             question.what))
        .Hint("write { config = \"default\", split = \"train\" }");
  }
  return CheckService(api_.settings(), "the dataset viewer", api_.settings().viewer,
                      "HF_DATASETS_SERVER");
}

net::Request Viewer::RequestFor(const ViewerQuestion& question) const {
  std::string url = fmt::format("{}/{}?dataset={}", api_.settings().viewer, question.what,
                                net::EncodeSegment(repo_.id));
  if (!question.config.empty()) url += "&config=" + net::EncodeSegment(question.config);
  if (!question.split.empty()) url += "&split=" + net::EncodeSegment(question.split);
  net::Request request = ServiceRequest(api_, "GET", url);
  std::erase(request.retry.statuses, 500);  // by which it says that it is not ready, too
  return request;
}

Status Viewer::Refused(const ViewerQuestion& question, const net::Request& request,
                       const net::Response& response) const {
  const Status plain = net::ErrorOf(request, response);
  const std::string code = CodeOf(response);
  if (code == "ResponseNotReady") {
    return Error(ErrorKind::kTimeout, fmt::format("hub: the viewer has no {} of {} yet ({})",
                                                  question.what, repo_.id, plain.message()))
        .Hint("it computes for some minutes after a push: try again later");
  }
  if (response.status == 401 || code == "ExternalAuthenticatedError") {
    return Error(ErrorKind::kNotFound,
                 fmt::format("hub: the viewer sees no dataset {} ({})", repo_.id, plain.message()))
        .Hint(
            "check the name; of a private one the viewer is for PRO users and Team or "
            "Enterprise organisations");
  }
  if (response.status == 404) {
    return Error(ErrorKind::kNotFound, fmt::format("hub: the viewer has no {} of {} ({})",
                                                   question.what, repo_.id, plain.message()))
        .Hint("see which configurations and splits there are: repo:viewer(\"splits\")");
  }
  return WithContext("hub: the viewer on " + repo_.id, plain);
}

Result<net::Response> Viewer::Send(const ViewerQuestion& question, const CancelToken& cancel) {
  constexpr int kTries = 5, kTriesOfNotReady = 14;  // the latter are about five minutes
  const net::Request request = RequestFor(question);
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(net::Response response, api_.Ask(request, cancel));
    if (response.ok()) return response;
    const bool is_late = CodeOf(response) == "ResponseNotReady";
    const int tries = is_late ? kTriesOfNotReady : response.status == 500 ? kTries : 1;
    if (attempt >= tries) return Refused(question, request, response);
    LogInfo("hub: the viewer has no {} of {} yet: asks again", question.what, repo_.id);
    RETURN_NOT_OK(patience_.Wait(attempt, cancel));
  }
}

Result<ViewerAnswer> Viewer::Ask(const ViewerQuestion& question, const CancelToken& cancel) {
  RETURN_NOT_OK(Check(question));
  ARROW_ASSIGN_OR_RAISE(net::Response response, Send(question, cancel));
  if (!nlohmann::json::accept(response.body)) {
    return Error(ErrorKind::kData,
                 fmt::format("hub: the viewer's answer on {} is no JSON", repo_.id))
        .Hint("is HF_DATASETS_SERVER the address of a dataset viewer?");
  }
  ViewerAnswer answer{.json = std::move(response.body),
                      .revision = response.headers.Find("X-Revision").value_or("")};
  if (answer.revision.empty()) return answer;
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, api_.Info(repo_, "", cancel));
  answer.stale = answer.revision != info.commit;
  return answer;
}

}  // namespace tideway::hub
