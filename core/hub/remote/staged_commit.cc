#include "core/hub/remote/staged_commit.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/log.h"
#include "core/hub/remote/commit_quota.h"
#include "core/hub/remote/json_field.h"
#include "core/hub/remote/open_request.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTries = 6;
constexpr size_t kMostPerCommit = 250;                // operations
constexpr int64_t kMostInlined = int64_t{100} << 20;  // bytes of files in the call itself
constexpr double kSlowAnswer_s = 150;
constexpr double kLongestWait_s = 120;

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

// How many of `files`, from number `first` on and `room` at most, go in one call; one does always.
size_t FittingInline(const std::vector<UploadFile>& files, size_t first, size_t room) {
  int64_t bytes = 0;
  size_t count = 0;
  for (; count < room && first + count < files.size(); ++count) {
    bytes += files[first + count].size;
    if (bytes > kMostInlined && count > 0) break;
  }
  return count;
}

// Operations from number `first` on, `room` of them at most, and as many as go in one call.
CommitContent PartOf(const CommitContent& content, size_t first, size_t room) {
  CommitContent part{.message = content.message, .parent = content.parent};
  part.large = Take(content.large, &first, &room);
  size_t inlined = FittingInline(content.inlined, first, room);
  room = first + inlined < content.inlined.size() ? 0 : room - inlined;
  part.inlined = Take(content.inlined, &first, &inlined);
  part.removed = Take(content.removed, &first, &room);
  return part;
}

// The Hub allows so many commits an hour (128 were seen): more files make larger parts.
size_t MostPerCommit(const CommitContent& content) {
  constexpr size_t kMostCommits = 100;
  return std::max(kMostPerCommit, (content.size() + kMostCommits - 1) / kMostCommits);
}

// Titles have 3 to 200 bytes here.
std::string RequestTitle(const CommitContent& content) {
  const std::string title = content.title();
  return title.size() < 3 || title.size() > 200 ? "Upload dataset" : title;
}

}  // namespace

bool StagedCommit::IsFor(const CommitContent& content) {
  return PartOf(content, 0, kMostPerCommit).size() < content.size();
}

StagedCommit::StagedCommit(Api& api, RepoId repo, const CancelToken& cancel,
                           const Patience& patience)
    : api_(api), repo_(std::move(repo)), cancel_(cancel), patience_(patience) {}

std::string StagedCommit::Address(int64_t number, const std::string& rest) const {
  return fmt::format("{}/discussions/{}{}", repo_.api_path(), number, rest);
}

Result<std::optional<std::string>> StagedCommit::Make(const CommitContent& content) {
  ARROW_ASSIGN_OR_RAISE(const auto number,
                        OpenRequest(api_, repo_, RequestTitle(content), cancel_, patience_));
  if (!number) return std::nullopt;
  auto commit = Fill(*number, content);
  CleanUp(*number, !merged_);
  RETURN_NOT_OK(commit.status());
  return std::move(commit).ValueOrDie();
}

Result<std::string> StagedCommit::Fill(int64_t number, const CommitContent& content) {
  LogInfo("hub: {}: {} changes go through pull request {}", repo_.id, content.size(), number);
  RETURN_NOT_OK(AddParts(fmt::format("refs/pr/{}", number), content));
  RETURN_NOT_OK(api_.Send(StatusRequest(number, "open"), {repo_}, cancel_).status());
  RETURN_NOT_OK(CheckHead(content));
  RETURN_NOT_OK(Merge(number));
  merged_ = true;
  auto commit = MergedAs(number);
  if (commit.ok()) return commit;
  return Error(KindOf(commit.status()),
               fmt::format("hub: {}: published through pull request {}, but not as what commit",
                           repo_.id, number))
      .Hint("push again: what is there is not sent again, and gets its tag")
      .Cause(commit.status());
}

Status StagedCommit::AddParts(const std::string& ref, const CommitContent& content) {
  std::string parent = content.parent;
  size_t most = MostPerCommit(content);
  for (size_t done = 0, number = 1; done < content.size();) {
    CommitContent part = PartOf(content, done, most);
    part.message = fmt::format("{} (part {})", content.title(), number);
    part.parent = parent;
    const size_t size = part.size();
    CommitCall call(api_, repo_, ref, cancel_, patience_);
    auto commit = call.Make(std::move(part));
    if (call.trouble() == CommitTrouble::kTooLarge && size > 1) {
      most = size / 2;
      continue;
    }
    trouble_ = call.trouble();
    ARROW_ASSIGN_OR_RAISE(parent, std::move(commit));
    done += size;
    ++number;
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
    const auto answer = api_.Ask(request, cancel_);
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
    const double asked_s = answer.ok() ? AskedWait(*answer) : 0;
    if (!again || attempt == kTries || asked_s > kLongestWait_s) return failure;
    RETURN_NOT_OK(patience_.Wait(attempt, cancel_, asked_s));
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
  return TextOf(details, "status") == "merged";
}

Result<std::string> StagedCommit::MergedAs(int64_t number) const {
  ARROW_ASSIGN_OR_RAISE(const auto details, Details(number));
  if (details.contains("changes")) {
    const std::string commit = TextOf(details["changes"], "mergeCommitId");
    if (!commit.empty()) return commit;
  }
  ARROW_ASSIGN_OR_RAISE(const Refs refs, api_.ListRefs(repo_, cancel_));
  return refs.head();
}

net::Request StagedCommit::StatusRequest(int64_t number, const char* status) const {
  return api_.JsonRequest("POST", Address(number, "/status"), {{"status", status}});
}

// Also after an interrupt, and then for seconds at most. Frees what only the pull request holds.
void StagedCommit::CleanUp(int64_t number, bool close) {
  constexpr double kLongest_s = 5;
  const CancelToken never;
  const auto send = [&](net::Request request) {
    request.retry.deadline_s = request.time.first_byte_s = kLongest_s;
    return api_.Send(request, {repo_}, never).status();
  };
  if (close && !IsMerged(number).ValueOr(false)) {
    const Status closed = send(StatusRequest(number, "closed"));
    if (!closed.ok()) {
      LogWarn("hub: {}: pull request {} stays open, close it on its page: {}", repo_.id, number,
              closed.message());
    }
  }
  const Status dropped = send(api_.RequestFor("DELETE", Address(number, "/ref")));
  if (!dropped.ok()) LogDebug("hub: {}: {}", repo_.id, dropped.message());
}

}  // namespace tideway::hub
