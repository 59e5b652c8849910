#include "core/hub/remote/commit_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/hub/remote/commit_quota.h"

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
    const auto answer = api_.client().Send(request, cancel_);
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
    return Look(verdict, attempt, failure, *content);
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
  missing_objects_ = verdict == Verdict::kNoObject;
  return failure;
}

Result<std::optional<std::string>> CommitCall::Look(Verdict verdict, int attempt,
                                                    const Status& failure,
                                                    const CommitContent& content) const {
  LogDebug("hub: {}: {}", repo_.id, failure.message());
  ARROW_ASSIGN_OR_RAISE(std::string made, Find(content));
  if (made.empty() && verdict == Verdict::kMoved) return HeadMoved(repo_, content);
  if (made.empty()) {
    // The Hub may still be at work on it.
    RETURN_NOT_OK(patience_.Wait(attempt, cancel_));
    ARROW_ASSIGN_OR_RAISE(made, Find(content));
  }
  if (!made.empty()) return made;
  if (attempt == kTries) return failure;
  return std::nullopt;
}

Result<std::string> CommitCall::Find(const CommitContent& content) const {
  net::Request request = api_.RequestFor(
      "GET", fmt::format("{}/commits/{}", repo_.api_path(), net::EncodeSegment(revision_)));
  ARROW_ASSIGN_OR_RAISE(const net::Response response,
                        api_.Send(request, {repo_, revision_}, cancel_));
  const auto log = nlohmann::json::parse(response.body, nullptr, false);
  if (!log.is_array()) return Error(ErrorKind::kData, "hub: the history of commits is no list");
  for (size_t i = 0; i < log.size(); ++i) {
    const std::string parent = i + 1 < log.size() ? log[i + 1].value("id", "") : "";
    if (parent != content.parent || log[i].value("title", "") != content.title()) continue;
    std::string commit = log[i].value("id", "");
    ARROW_ASSIGN_OR_RAISE(const bool ours, Holds(commit, content));
    if (ours) return commit;
  }
  return "";
}

Result<bool> CommitCall::Holds(const std::string& commit, const CommitContent& content) const {
  ARROW_ASSIGN_OR_RAISE(const auto files, api_.Tree(repo_, commit, "", cancel_));
  std::map<std::string, const RemoteFile*> by_path;
  for (const RemoteFile& file : files) by_path[file.path] = &file;
  for (const UploadFile& file : content.large) {
    const auto found = by_path.find(file.path);
    if (found == by_path.end() || found->second->sha256 != file.sha256) return false;
  }
  for (const UploadFile& file : content.inlined) {
    const auto found = by_path.find(file.path);
    ARROW_ASSIGN_OR_RAISE(const auto bytes, FileBytes::Open(file));
    ARROW_ASSIGN_OR_RAISE(const std::string text, bytes->Read(0, file.size));
    if (found == by_path.end() || found->second->blob_id != GitBlobHex(text)) return false;
  }
  return std::ranges::none_of(content.removed,
                              [&](const std::string& path) { return by_path.contains(path); });
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

Status HeadMoved(const RepoId& repo, const CommitContent& content) {
  return Error(ErrorKind::kConflict,
               fmt::format("hub: another push came first: {}: the head is not {} any more", repo.id,
                           content.parent.empty() ? "empty" : content.parent))
      .Hint("push again")
      .Retryable();
}

}  // namespace tideway::hub
