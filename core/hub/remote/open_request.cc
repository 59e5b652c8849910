#include "core/hub/remote/open_request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "core/base/log.h"
#include "core/hub/remote/answer_error.h"
#include "core/hub/remote/json_field.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

constexpr int kTries = 5;

// Ours among all that have the same title.
std::string NewMark() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

std::optional<int64_t> NumberOf(const json& answer) {
  if (!answer.is_object() || !answer.contains("num")) return std::nullopt;
  const json& number = answer["num"];
  return number.is_number_integer() ? std::optional(number.get<int64_t>()) : std::nullopt;
}

bool IsLost(const Result<net::Response>& answer) {
  if (answer.ok()) return answer->ok() || answer->status >= 500 || answer->status == 408;
  const ErrorKind kind = KindOf(answer.status());
  return kind == ErrorKind::kNetwork || kind == ErrorKind::kTimeout;
}

Status FailureOf(const Settings& settings, const RepoId& repo, const net::Request& request,
                 const Result<net::Response>& answer) {
  if (!answer.ok()) return answer.status();
  if (!answer->ok()) return AnswerError({repo}, settings, request, *answer);
  return Error(ErrorKind::kData,
               fmt::format("hub: {}: the answer tells no number of the pull request", repo.id))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

class Finder {
 public:
  Finder(Api& api, const RepoId& repo, const CancelToken& cancel)
      : api_(api), repo_(repo), address_(repo.api_path() + "/discussions"), cancel_(cancel) {}

  // Among the newest ones.
  Result<std::optional<int64_t>> Find(const std::string& title, const std::string& mark) const {
    ARROW_ASSIGN_OR_RAISE(const json list, Get(address_ + "?p=0&type=pull_request&status=all"));
    for (const json& one : ListOf(list, "discussions")) {
      const auto number = NumberOf(one);
      if (!number || TextOf(one, "title") != title || TextOf(one, "status") != "draft") continue;
      ARROW_ASSIGN_OR_RAISE(const json details, Get(fmt::format("{}/{}", address_, *number)));
      if (ListOf(details, "events").dump().find(mark) != std::string::npos) return number;
    }
    return std::nullopt;
  }

 private:
  Result<json> Get(const std::string& address) const {
    const net::Request request = api_.RequestFor("GET", address);
    ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.Send(request, {repo_}, cancel_));
    return json::parse(response.body, nullptr, false);
  }

  Api& api_;
  const RepoId& repo_;
  const std::string address_;
  const CancelToken& cancel_;
};

}  // namespace

Result<std::optional<int64_t>> OpenRequest(Api& api, const RepoId& repo, const std::string& title,
                                           const CancelToken& cancel, const Patience& patience) {
  const std::string mark = NewMark();
  net::Request request =
      api.JsonRequest("POST", repo.api_path() + "/discussions",
                      {{"title", title}, {"description", "Upload " + mark}, {"pullRequest", true}});
  request.idempotent = false;
  for (int attempt = 1;; ++attempt) {
    const auto answer = api.Ask(request, cancel);
    if (answer.ok() && answer->ok()) {
      const auto number = NumberOf(json::parse(answer->body, nullptr, false));
      if (number) return number;
    }
    const bool unknown =
        answer.ok() && (answer->status == 404 || answer->status == 405 || answer->status == 501);
    if (unknown) return std::nullopt;
    const Status failure = FailureOf(api.settings(), repo, request, answer);
    if (!IsLost(answer)) return failure;
    LogDebug("{}", failure.message());
    ARROW_ASSIGN_OR_RAISE(const auto found, Finder(api, repo, cancel).Find(title, mark));
    if (found) return found;
    if (attempt == kTries) return failure;
    RETURN_NOT_OK(patience.Wait(attempt, cancel));
  }
}

}  // namespace tideway::hub
