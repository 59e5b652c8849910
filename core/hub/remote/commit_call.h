// The one call that makes a commit, so that it happens once whatever becomes of its answer.
//
// Each commit names its parent, so the Hub takes it once at most. An answer that got lost (a broken
// connection, a gateway's 504) is looked for in the history: the commit after our parent, with our
// title and our files, is ours. Servers say in several ways that the head has moved, and say it of
// other things too: the history tells. Threads: one at a time; blocks.
#pragma once

#include <optional>
#include <string>

#include "core/hub/remote/api.h"
#include "core/hub/remote/commit_body.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

// The error for a head that is not the parent of `content` any more: conflict, retryable.
Error HeadMoved(const RepoId& repo, const CommitContent& content);

// Why a commit failed that can be made in another way.
enum class CommitTrouble {
  kNone,
  kMissingObjects,  // a large file is not there: it is to be sent again
  kTooLarge,        // for one call
};

class CommitCall {
 public:
  // `revision`: a branch, or the ref of a pull request.
  CommitCall(Api& api, RepoId repo, std::string revision, const CancelToken& cancel,
             const Patience& patience);

  // The number of the commit. Errors: conflict, retryable, when the head is not the parent any
  // more; network, not retryable, when the Hub allows no more commits for now; what the Hub
  // refuses, and then trouble() tells whether there is another way.
  Result<std::string> Make(CommitContent content);
  CommitTrouble trouble() const { return trouble_; }

 private:
  enum class Verdict { kMade, kUnknown, kMoved, kLater, kNoObject, kTooLarge, kNoFile, kRefused };
  Verdict Judge(const Result<net::Response>& answer) const;
  struct History {
    std::string ours;  // our commit; empty: it is not there
    std::string head;
  };
  // After an answer that names no commit: the commit all the same, or nothing for another try.
  Result<std::optional<std::string>> GoOn(Verdict verdict, int attempt, const Status& failure,
                                          double asked_s, CommitContent* content);
  Result<std::optional<std::string>> Look(int attempt, const Status& failure,
                                          const CommitContent& content) const;
  bool IsLate(int attempt, const net::Response& response) const;
  Result<std::string> Answered(const net::Response& response) const;
  Result<History> ReadHistory(const CommitContent& content) const;
  Result<bool> LeaveOutGone(CommitContent* content) const;

  Api& api_;
  const RepoId repo_;
  const std::string revision_;
  const CancelToken& cancel_;
  const Patience& patience_;
  CommitTrouble trouble_ = CommitTrouble::kNone;
};

}  // namespace tideway::hub
