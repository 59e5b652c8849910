// One dataset of a mirror: which commit, which files, in which portions; and the work on them.
// Threads: one, which starts others.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/hub/remote/cache.h"
#include "core/hub/remote/local_folder.h"
#include "core/hub/remote/verify.h"
#include "core/mirror/mirror.h"
#include "core/mirror/portions.h"
#include "core/mirror/status_file.h"

namespace tideway::mirror {

// What all datasets of a run have in common.
struct Work {
  hub::Api& api;
  const MirrorRequest& request;
  const MirrorHooks& hooks;
  Leases& leases;
  StatusFile& status;
  MemoryGuard& memory;
  const CancelToken& cancel;
};

class DatasetMirror {
 public:
  DatasetMirror(Work& work, hub::RepoId repo, std::string revision);

  // Asks the Hub what there is, and agrees with the other processes on a commit.
  Status Plan();
  // Fetches what is missing, together with the others: returns when all of it is there.
  Status Download();
  // Compares every byte with the commit, and repairs where the request says so. One process does
  // it: others wait for its result.
  Status Verify();
  Status Cleanup();
  // Writes down that it failed.
  void Fail(const Status& error);

  const DatasetReport& report() const { return report_; }

 private:
  struct Share;
  Status Agree(const hub::RepoInfo& info);
  Status List(const std::string& head);
  Status CheckRoom();
  Status WorkOn(Share& share);
  Result<bool> TakeOne(Share& share);
  Status FetchPortion(const Portion& portion, Lease& lease);
  Status FetchOnce(const Portion& portion, Lease& lease);
  Status Adopt(const std::string& portion) const;
  Room room() const { return {work_.request.root, work_.request.reserve, work_.hooks.free_bytes}; }
  Status WaitForRoom(int64_t need);
  void Tell(Share& share);
  // Changes the status of this dataset, of this commit.
  Status SetState(const std::string& state);
  std::string FetcherOf(const std::string& portion) const;
  std::string FolderOfLeases() const;
  std::string LeaseOf(const std::string& what) const;
  // What a verification finds.
  struct Findings {
    std::vector<hub::WrongFile> wrong;
    std::vector<std::string> extra;  // no files of the commit
  };
  Status VerifyUnder(Lease& lease, bool waited);
  Result<Findings> Look() const;
  Status Repair(const Findings& found, Lease& lease);
  Status PutAside(const std::vector<std::string>& extra) const;
  std::string Aside() const { return work_.request.root + "/_extra/" + repo_.id; }

  Work& work_;
  const hub::RepoId repo_;
  const std::string revision_;
  const std::string place_;  // its folder
  const hub::LocalFolder folder_;
  const hub::Cache cache_;
  double since_ = 0;
  std::vector<hub::RemoteFile> all_;    // of the commit
  std::vector<hub::RemoteFile> files_;  // of which those asked for
  std::vector<Portion> portions_;
  std::mutex mutex_;  // of report_
  DatasetReport report_;
};

}  // namespace tideway::mirror
