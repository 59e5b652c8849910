#include "core/hub/remote/commit_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.h"
#include "core/hub/remote/commit_quota.h"
#include "core/hub/remote/json_field.h"
#include "core/hub/remote/read_back.h"

namespace tideway::hub {
namespace {

constexpr int kTries = 6;
constexpr double kSlowAnswer_s = 150;  // the Hub's own limit is about 60 s
constexpr double kLongestWait_s = 120;

bool Says(const net::Response& response, std::string_view words) {
  return response.body.find(words) != std::string::npos;
}

}  // namespace

CommitCall::CommitCall(Api& api, RepoId repo, std::string revision, const CancelToken& cancel,
                       const Patience& patience)
    : api_(api),
      repo_(std::move(repo)),
      revision_(std::move(revision)),
      cancel_(cancel),
      patience_(patience) {}

CommitCall::Verdict CommitCall::Judge(const Result<net::Response>& answer) const {
  if (!answer.ok()) {
    const ErrorKind kind = KindOf(answer.status());
    const bool lost = kind == ErrorKind::kNetwork || kind == ErrorKind::kTimeout;
    return lost ? Verdict::kUnknown : Verdict::kRefused;
  }
  const net::Response& response = *answer;
  if (response.ok()) return Answered(response).ok() ? Verdict::kMade : Verdict::kUnknown;
  if (response.status >= 500 || response.status == 408) return Verdict::kUnknown;
  if (response.status == 409 || response.status == 412) return Verdict::kMoved;
  if (response.status == 429 && !IsQuotaOfCommits(response)) return Verdict::kLater;
  if (response.status == 413) return Verdict::kTooLarge;
  if (response.status == 400 && Says(response, "LFS pointer")) return Verdict::kNoObject;
  const Refusal refusal = RefusalOf(response);
  const bool no_file = refusal == Refusal::kEntry || Says(response, "file with this name");
  return response.status == 404 && no_file ? Verdict::kNoFile : Verdict::kRefused;
}

Result<std::string> CommitCall::Answered(const net::Response& response) const {
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (body.is_object() && body.contains("commitOid") && body["commitOid"].is_string()) {
    return body["commitOid"].get<std::string>();
  }
  return Error(ErrorKind::kData, "hub: the answer names no commit");
}

Result<std::string> CommitCall::Make(CommitContent content) {
  net::Request request = api_.RequestFor(
      "POST", fmt::format("{}/commit/{}", repo_.api_path(), net::EncodeSegment(revision_)));
  request.headers.Set("Content-Type", "application/x-ndjson");
  request.time.first_byte_s = kSlowAnswer_s;
  request.retry.statuses = {};
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(std::string body, CommitBody(content));
    request.body = net::Body::Of(std::move(body));
    const auto answer = api_.Ask(request, cancel_);
    const Verdict verdict = Judge(answer);
    if (verdict == Verdict::kMade) return Answered(*answer);
    const bool busy = verdict == Verdict::kLater;
    if (answer.ok() && (busy ? IsLate(attempt, *answer) : IsQuotaOfCommits(*answer))) {
      return TooManyCommits(repo_, request, *answer);
    }
    const Status failure = answer.ok()
                               ? AnswerError({repo_, revision_}, api_.settings(), request, *answer)
                               : answer.status();
    const double asked_s = busy ? AskedWait(*answer) : 0;
    ARROW_ASSIGN_OR_RAISE(const auto made, GoOn(verdict, attempt, failure, asked_s, &content));
    if (made) return *made;
  }
}

bool CommitCall::IsLate(int attempt, const net::Response& response) const {
  return attempt == kTries || AskedWait(response) > kLongestWait_s;
}

Result<std::optional<std::string>> CommitCall::GoOn(Verdict verdict, int attempt,
                                                    const Status& failure, double asked_s,
                                                    CommitContent* content) {
  if (verdict == Verdict::kMoved || verdict == Verdict::kUnknown) {
    return Look(attempt, failure, *content);
  }
  if (verdict == Verdict::kLater) {
    RETURN_NOT_OK(patience_.Wait(attempt, cancel_, asked_s));
    return std::nullopt;
  }
  if (verdict == Verdict::kNoFile) {
    ARROW_ASSIGN_OR_RAISE(const bool fewer, LeaveOutGone(content));
    if (fewer && content->empty()) return content->parent;
    if (fewer) return std::nullopt;
  }
  if (verdict == Verdict::kNoObject) trouble_ = CommitTrouble::kMissingObjects;
  if (verdict == Verdict::kTooLarge) trouble_ = CommitTrouble::kTooLarge;
  return failure;
}

Result<std::optional<std::string>> CommitCall::Look(int attempt, const Status& failure,
                                                    const CommitContent& content) const {
  constexpr int kLooks = 2;  // the Hub may still be at work on it
  LogDebug("hub: {}: {}", repo_.id, failure.message());
  for (int look = 1; look <= kLooks; ++look) {
    if (look > 1) RETURN_NOT_OK(patience_.Wait(attempt, cancel_));
    ARROW_ASSIGN_OR_RAISE(const History history, ReadHistory(content));
    if (!history.ours.empty()) return history.ours;
    if (history.head != content.parent) return HeadMoved(repo_, content).Cause(failure);
  }
  if (attempt == kTries) return failure;
  return std::nullopt;
}

Result<CommitCall::History> CommitCall::ReadHistory(const CommitContent& content) const {
  net::Request request = api_.RequestFor(
      "GET", fmt::format("{}/commits/{}", repo_.api_path(), net::EncodeSegment(revision_)));
  ARROW_ASSIGN_OR_RAISE(const net::Response response,
                        api_.Send(request, {repo_, revision_}, cancel_));
  const auto log = nlohmann::json::parse(response.body, nullptr, false);
  if (!log.is_array()) return Error(ErrorKind::kData, "hub: the history of commits is no list");
  History history{.ours = "", .head = log.empty() ? "" : TextOf(log[0], "id")};
  for (size_t i = 0; i < log.size(); ++i) {
    const std::string parent = i + 1 < log.size() ? TextOf(log[i + 1], "id") : "";
    if (parent != content.parent || TextOf(log[i], "title") != content.title()) continue;
    const std::string commit = TextOf(log[i], "id");
    ARROW_ASSIGN_OR_RAISE(const std::string difference,
                          DifferenceOf(api_, repo_, commit, content, cancel_));
    if (!difference.empty()) continue;
    history.ours = commit;
    break;
  }
  return history;
}

// Removals of files that are gone already are no part of the commit any more.
Result<bool> CommitCall::LeaveOutGone(CommitContent* content) const {
  ARROW_ASSIGN_OR_RAISE(const auto files, api_.Tree(repo_, revision_, "", cancel_));
  const size_t before = content->removed.size();
  std::erase_if(content->removed, [&](const std::string& path) {
    return std::ranges::find(files, path, &RemoteFile::path) == files.end();
  });
  return content->removed.size() < before;
}

Error HeadMoved(const RepoId& repo, const CommitContent& content) {
  return Error(ErrorKind::kConflict,
               fmt::format("hub: another push came first: {}: the head is not {} any more", repo.id,
                           content.parent.empty() ? "empty" : content.parent))
      .Hint("push again")
      .Retryable();
}

}  // namespace tideway::hub
