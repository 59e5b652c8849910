// A dataset repository on the Hub, or on any server that speaks its protocol.
//
//   RemoteRepository repository({.uri = "acme/reviews", .repo = repo, .settings = settings});
//
// How strong a commit is. Large files go first, by Git LFS, where no reader sees them, those of a
// push while others are still written (sending_folder.h); what the Hub holds already is not sent
// again, so that a push that was killed goes on where it stopped. Then one call makes the commit,
// against the head that the operations were computed from: the Hub takes it whole or not at all,
// and once (commit_call.h); with more than 250 files it is put together on a pull request and
// merged (staged_commit.h). What the Hub lists then is compared with what was sent, and a tag is
// made.
//
// A repository that does not exist is made by PrepareToWrite(), private unless it is told
// otherwise, and never public first. The Hub looks at a card before its commit. "What readers see"
// is the head of the branch `main`, or of the one that the options name.
//
// Threads: as Repository.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/hub/hub.h"
#include "core/hub/remote/api.h"
#include "core/hub/remote/commit_call.h"
#include "core/hub/remote/patience.h"
#include "core/net/client.h"

namespace tideway::hub {

struct RemoteOptions {
  std::string uri;
  RepoId repo;
  Settings settings;
  const CancelToken* cancel = nullptr;  // null: nothing is interrupted
  std::string scratch = {};             // as OpenOptions::scratch
  net::Client* client = nullptr;        // null: net::SharedClient()
  Patience patience = {};
  std::string branch = "main";   // that commits are made on; any but `main` has to be there
  Transfer* transfer = nullptr;  // told how far uploads are
  // Shards from this size on are sent while others are written (sending_folder.h).
  int64_t least_sent_ahead = int64_t{16} << 20;
};

class RemoteRepository : public Repository {
 public:
  explicit RemoteRepository(RemoteOptions options);

  RemoteRepository* remote() override { return this; }
  Api& api() { return api_; }
  const RepoId& repo() const { return options_.repo; }

  const std::string& uri() const override { return options_.uri; }
  std::string name() const override;
  Status CheckWritable() override;
  Status PrepareToWrite(Visibility visibility = Visibility::kUnsaid) override;
  Result<std::unique_ptr<Staging>> MakeStaging() override;
  Result<std::string> Head() override;
  std::string SeenRevision(const std::string& head) const override { return head; }
  Result<std::vector<FileInfo>> ListFiles(const std::string& revision) override;
  Result<std::string> ReadFile(const std::string& path, const std::string& revision) override;
  Result<std::vector<Tag>> Tags() override;
  Result<Checkout> CheckOut(const std::string& revision) override;
  Result<std::string> Commit(const CommitRequest& request) override;

 private:
  // Whether the repository is there for this token to write to; an error when it may not.
  Result<bool> MayWrite();
  Status CheckMayCreate();
  // Whether it was made now, and not by somebody else.
  Result<bool> Create(bool make_private);
  Result<bool> Exists();
  // `revision`, or the head where it is empty.
  Result<std::string> CommitOf(const std::string& revision);
  // No refs where there is no repository.
  Result<Refs> ListRefs();
  Status CheckRequest(const CommitRequest& request);
  // What of the request the Hub does not hold yet.
  Result<CommitContent> Content(const CommitRequest& request);
  Result<std::string> Publish(const CommitContent& content);
  // Once the Hub holds the large files.
  Result<std::string> CommitAll(const CommitContent& content, CommitTrouble* trouble);
  // Nothing: the server has no pull requests.
  Result<std::optional<std::string>> CommitInParts(const CommitContent& content,
                                                   CommitTrouble* trouble);
  // Whether the Hub lists what was sent.
  Status ReadBack(const std::string& commit, const CommitContent& content);
  Status AddTag(const std::string& tag, const std::string& commit);

  const RemoteOptions options_;
  const CancelToken never_;
  const CancelToken& cancel_;
  Api api_;
};

}  // namespace tideway::hub
