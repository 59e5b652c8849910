// A commit of more files than one call takes: made on a pull request, some files at a time, and
// merged at once, so that readers of `main` see all of it or nothing.
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
#include "core/hub/remote/patience.h"

namespace tideway::hub {

class StagedCommit {
 public:
  // Operations that go in one call.
  static constexpr size_t kMostPerCommit = 250;

  StagedCommit(Api& api, RepoId repo, const CancelToken& cancel, const Patience& patience);

  // The commit on `main`; nothing when the server has no pull requests. Errors: of CommitCall.
  Result<std::optional<std::string>> Make(const CommitContent& content);
  // As CommitCall::missing_objects().
  bool missing_objects() const { return missing_objects_; }

 private:
  Result<std::optional<int64_t>> Open(const CommitContent& content) const;
  Result<std::string> Fill(int64_t number, const CommitContent& content);
  Status AddParts(const std::string& ref, const CommitContent& content);
  Status CheckHead(const CommitContent& content) const;
  Status Merge(int64_t number) const;
  Result<bool> IsMerged(int64_t number) const;
  Result<std::string> MergedAs(int64_t number) const;
  Status SetStatus(int64_t number, const char* status) const;
  void DropRef(int64_t number) const;
  Result<nlohmann::json> Details(int64_t number) const;
  std::string Address(int64_t number, const std::string& rest = "") const;

  Api& api_;
  const RepoId repo_;
  const CancelToken& cancel_;
  const Patience& patience_;
  bool missing_objects_ = false;
};

}  // namespace tideway::hub
