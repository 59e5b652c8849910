// A folder that stands for the Hub: `datasets.load_dataset(<folder>)` loads its head, and only it.
//
//   LocalRepository repository({.uri = "file:out/department", .folder = "out/department"});
//
// How strong a commit is. Every name that readers see is a symbolic link through one link, `head`
// (layout.h), and one rename of `head` publishes a commit: before it readers see all old files,
// after it all new ones, also when the writer is killed in between. A reader that opens several
// files and meets that very instant may open one before and one after it, as with any folder; to
// rule that out, load from `.tideway-repo/tags/<tag>`, which never changes. Links to files that
// only the next commit has are placed before, and those to removed files taken away after;
// meanwhile they lead nowhere, and readers pass over them.
//
// What people put into the folder counts. A README.md written or edited by hand, through the link
// or in its place, is first taken into the history as a commit of its own, so that nothing is lost
// when the next one replaces it. Files that no commit names are left alone. Removing
// `.tideway-repo` while keeping real files starts a new history.
//
// Writers hold a lock while they commit (a few milliseconds, plus the copying of small files); the
// second waits up to lock_patience. Needs a file system with symbolic links. Threads: as
// Repository.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/hub/hub.h"
#include "core/hub/local/folder_lock.h"
#include "core/hub/local/history.h"
#include "core/hub/local/visible_files.h"

namespace tideway::hub {

struct LocalOptions {
  std::string uri;
  std::string folder;  // need not exist
  std::chrono::milliseconds lock_patience = std::chrono::seconds(30);
  const Clock* clock = &SystemClock();
  AtStep at_step = {};  // for tests
};

class LocalRepository : public Repository {
 public:
  explicit LocalRepository(LocalOptions options);

  const std::string& uri() const override { return options_.uri; }
  std::string name() const override;
  Status CheckWritable() override;
  Status PrepareToWrite(Visibility visibility = Visibility::kUnsaid) override;
  Result<std::unique_ptr<Staging>> MakeStaging() override;
  Result<std::string> Head() override;
  std::string SeenRevision(const std::string& /*head*/) const override { return ""; }
  Result<std::vector<FileInfo>> ListFiles(const std::string& revision) override;
  Result<std::string> ReadFile(const std::string& path, const std::string& revision) override;
  Result<std::vector<Tag>> Tags() override;
  Result<Checkout> CheckOut(const std::string& revision) override;
  Result<std::string> Commit(const CommitRequest& request) override;

 private:
  // A commit and its id; no id before the first.
  struct Version {
    std::string id;
    Manifest manifest;
  };
  // Makes what is missing of the history's folders and locks it.
  Result<std::unique_ptr<FolderLock>> Lock();
  Status CheckFolders();
  Status Recover();
  Status CheckRequest(const CommitRequest& request);
  Result<Version> Load(const std::string& id);
  Result<std::string> Publish(const CommitRequest& request);
  Status Settle(const Version& base, const Manifest& next, const std::string& id);
  Result<Version> AdoptVisible(const Version& head, const CommitRequest& request);
  Result<Manifest> Next(const Version& base, const CommitRequest& request);
  Manifest Begin(const std::string& parent, std::string message) const;

  const LocalOptions options_;
  const Layout layout_;
  History history_;
  VisibleFiles visible_;
};

}  // namespace tideway::hub
