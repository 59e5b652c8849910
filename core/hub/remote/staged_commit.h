// A commit of more than one call takes: made on a pull request, part by part, and merged at once,
// so that readers of `main` see all of it or nothing.
//
//   StagedCommit staged(api, repo, cancel, patience);
//   ARROW_ASSIGN_OR_RAISE(const auto commit, staged.Make(content));
//   if (!commit) ...                              // the server has no pull requests
//
// A pull request that is not merged is closed. Another commit that comes first is an error of kind
// conflict, retryable; one in the instant between the last look and the merge is merged with ours
// where git finds no conflict. Threads: one at a time; blocks.
#pragma once

#include <optional>
#include <string>

#include "core/hub/remote/api.h"
#include "core/hub/remote/commit_body.h"
#include "core/hub/remote/commit_call.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

class StagedCommit {
 public:
  // Whether `content` is more than goes in one call.
  static bool IsFor(const CommitContent& content);

  StagedCommit(Api& api, RepoId repo, const CancelToken& cancel, const Patience& patience);

  // The commit on `main`; nothing when the server has no pull requests. Errors: of CommitCall.
  Result<std::optional<std::string>> Make(const CommitContent& content);
  // As CommitCall::trouble().
  CommitTrouble trouble() const { return trouble_; }

 private:
  Result<std::string> Fill(int64_t number, const CommitContent& content);
  Status AddParts(const std::string& ref, const CommitContent& content);
  Status CheckHead(const CommitContent& content) const;
  Status Merge(int64_t number) const;
  void CleanUp(int64_t number, bool close);
  Result<bool> IsMerged(int64_t number) const;
  Result<std::string> MergedAs(int64_t number) const;
  net::Request StatusRequest(int64_t number, const char* status) const;
  Result<nlohmann::json> Details(int64_t number) const;
  std::string Address(int64_t number, const std::string& rest = "") const;

  Api& api_;
  const RepoId repo_;
  const CancelToken& cancel_;
  const Patience& patience_;
  CommitTrouble trouble_ = CommitTrouble::kNone;
  bool merged_ = false;
};

}  // namespace tideway::hub
