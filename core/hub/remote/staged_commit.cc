#include "core/hub/remote/staged_commit.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/log.h"
#include "core/hub/remote/commit_call.h"
#include "core/hub/remote/commit_quota.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTries = 6;
constexpr double kSlowAnswer_s = 150;

// The part of `all` that begins at `*at` and has room in `*room`.
template <typename T>
std::vector<T> Take(const std::vector<T>& all, size_t* at, size_t* room) {
  const size_t skipped = std::min(*at, all.size());
  const size_t count = std::min(*room, all.size() - skipped);
  *at -= skipped;
  *room -= count;
  const auto from = all.begin() + static_cast<std::ptrdiff_t>(skipped);
  return {from, from + static_cast<std::ptrdiff_t>(count)};
}

// Operations from number `first` on, as many as go in one call.
CommitContent PartOf(const CommitContent& content, size_t first) {
  size_t room = StagedCommit::kMostPerCommit;
  CommitContent part{.message = content.message, .parent = content.parent};
  part.large = Take(content.large, &first, &room);
  part.inlined = Take(content.inlined, &first, &room);
  part.removed = Take(content.removed, &first, &room);
  return part;
}

// Titles have 3 to 200 bytes here.
std::string RequestTitle(const CommitContent& content) {
  const std::string title = content.title();
  return title.size() < 3 || title.size() > 200 ? "Upload dataset" : title;
}

}  // namespace

StagedCommit::StagedCommit(Api& api, RepoId repo, const CancelToken& cancel,
                           const Patience& patience)
    : api_(api), repo_(std::move(repo)), cancel_(cancel), patience_(patience) {}

std::string StagedCommit::Address(int64_t number, const std::string& rest) const {
  return fmt::format("{}/discussions/{}{}", repo_.api_path(), number, rest);
}

Result<std::optional<std::string>> StagedCommit::Make(const CommitContent& content) {
  ARROW_ASSIGN_OR_RAISE(const auto number, Open(content));
  if (!number) return std::nullopt;
  auto commit = Fill(*number, content);
  if (!commit.ok() && !IsMerged(*number).ValueOr(false)) {
    static_cast<void>(SetStatus(*number, "closed"));
  }
  DropRef(*number);
  RETURN_NOT_OK(commit.status());
  return std::move(commit).ValueOrDie();
}

Result<std::optional<int64_t>> StagedCommit::Open(const CommitContent& content) const {
  const net::Request request = api_.JsonRequest(
      "POST", repo_.api_path() + "/discussions",
      {{"title", RequestTitle(content)}, {"description", ""}, {"pullRequest", true}});
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.client().Send(request, cancel_));
  if (response.status == 404 || response.status == 405 || response.status == 501) {
    return std::nullopt;
  }
  if (!response.ok()) return AnswerError({repo_}, api_.settings(), request, response);
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (body.is_object() && body.contains("num") && body["num"].is_number_integer()) {
    return body["num"].get<int64_t>();
  }
  return Error(ErrorKind::kData, "hub: the answer tells no number of the pull request")
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

Result<std::string> StagedCommit::Fill(int64_t number, const CommitContent& content) {
  LogInfo("hub: {}: {} changes go through pull request {}", repo_.id, content.size(), number);
  RETURN_NOT_OK(AddParts(fmt::format("refs/pr/{}", number), content));
  RETURN_NOT_OK(SetStatus(number, "open"));
  RETURN_NOT_OK(CheckHead(content));
  RETURN_NOT_OK(Merge(number));
  return MergedAs(number);
}

Status StagedCommit::AddParts(const std::string& ref, const CommitContent& content) {
  const size_t parts = (content.size() + kMostPerCommit - 1) / kMostPerCommit;
  std::string parent = content.parent;
  for (size_t i = 0; i < parts; ++i) {
    CommitContent part = PartOf(content, i * kMostPerCommit);
    part.message = fmt::format("{} (part {} of {})", content.title(), i + 1, parts);
    part.parent = parent;
    CommitCall call(api_, repo_, ref, cancel_, patience_);
    auto commit = call.Make(std::move(part));
    missing_objects_ = call.missing_objects();
    ARROW_ASSIGN_OR_RAISE(parent, std::move(commit));
  }
  return Status::OK();
}

Status StagedCommit::CheckHead(const CommitContent& content) const {
  ARROW_ASSIGN_OR_RAISE(const Refs refs, api_.ListRefs(repo_, cancel_));
  const std::string head = refs.head();
  return !head.empty() && head == content.parent ? Status::OK() : HeadMoved(repo_, content);
}

Status StagedCommit::Merge(int64_t number) const {
  net::Request request = api_.JsonRequest("POST", Address(number, "/merge"), Json::object());
  request.idempotent = false;
  request.time.first_byte_s = kSlowAnswer_s;
  const net::RetryRule rule = std::exchange(request.retry, {.statuses = {}});
  for (int attempt = 1;; ++attempt) {
    const auto answer = api_.client().Send(request, cancel_);
    if (answer.ok() && answer->ok()) return Status::OK();
    if (answer.ok() && IsQuotaOfCommits(*answer)) return TooManyCommits(repo_, request, *answer);
    ARROW_ASSIGN_OR_RAISE(const bool merged, IsMerged(number));
    if (merged) return Status::OK();
    const Status failure =
        answer.ok() ? AnswerError({repo_}, api_.settings(), request, *answer) : answer.status();
    if (answer.ok() && answer->status == 409) {
      return Error(ErrorKind::kConflict, failure.message()).Hint("push again").Retryable();
    }
    const bool again = answer.ok() ? rule.Tries(answer->status) : rule.Tries(answer.status());
    if (!again || attempt == kTries) return failure;
    RETURN_NOT_OK(patience_.Wait(attempt, cancel_, answer.ok() ? AskedWait(*answer) : 0));
  }
}

Result<nlohmann::json> StagedCommit::Details(int64_t number) const {
  const net::Request request = api_.RequestFor("GET", Address(number));
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.Send(request, {repo_}, cancel_));
  auto details = nlohmann::json::parse(response.body, nullptr, false);
  if (details.is_object()) return details;
  return Error(ErrorKind::kData, "hub: the answer about the pull request is no JSON object");
}

Result<bool> StagedCommit::IsMerged(int64_t number) const {
  ARROW_ASSIGN_OR_RAISE(const auto details, Details(number));
  return details.value("status", "") == "merged";
}

Result<std::string> StagedCommit::MergedAs(int64_t number) const {
  ARROW_ASSIGN_OR_RAISE(const auto details, Details(number));
  const auto changes = details.find("changes");
  if (changes != details.end() && changes->is_object()) {
    const auto commit = changes->find("mergeCommitId");
    if (commit != changes->end() && commit->is_string()) return commit->get<std::string>();
  }
  ARROW_ASSIGN_OR_RAISE(const Refs refs, api_.ListRefs(repo_, cancel_));
  return refs.head();
}

Status StagedCommit::SetStatus(int64_t number, const char* status) const {
  const net::Request request =
      api_.JsonRequest("POST", Address(number, "/status"), {{"status", status}});
  return api_.Send(request, {repo_}, cancel_).status();
}

// Frees what only the pull request holds; when that fails there is no harm.
void StagedCommit::DropRef(int64_t number) const {
  const auto dropped =
      api_.Send(api_.RequestFor("DELETE", Address(number, "/ref")), {repo_}, cancel_);
  if (!dropped.ok()) LogDebug("hub: {}: {}", repo_.id, dropped.status().message());
}

}  // namespace tideway::hub
