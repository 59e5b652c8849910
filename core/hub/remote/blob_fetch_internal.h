// Fetches contents onto a shelf, each under a name of its own, checked; and then gives them their
// right names, some at once.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/hub/remote/blob_lock.h"
#include "core/hub/remote/cache.h"
#include "core/hub/remote/partial_blob.h"

namespace tideway::hub {

// Makes all durable that was written to the file system of `folder`.
Status SyncAll(const std::string& folder);

class BlobFetch {
 public:
  // What becomes of a file once its content is on the shelf; called with the content's lock held.
  using Place = std::function<Status(const RemoteFile& file)>;
  BlobFetch(Api& api, BlobShelf shelf, RepoId repo, std::string commit, Place place);
  BlobFetch(const BlobFetch&) = delete;

  // What processes that are gone left unfinished is gone on with.
  void FindLeftovers();
  // Fetches the one content of `files`, unless it is there or another program is just fetching it,
  // which is waited for. Call once for each content. Any thread.
  Status Fetch(const std::vector<const RemoteFile*>& files, const CancelToken& cancel);
  // Makes what was fetched durable, part of the shelf, and places its files.
  Status Publish();
  int64_t files() const { return files_; }
  int64_t bytes() const { return bytes_; }

 private:
  // A content that is whole, but not on the shelf yet.
  struct Whole {
    std::string hash;
    std::string path;
    std::vector<const RemoteFile*> files;
    std::unique_ptr<BlobLock> lock;
  };
  int64_t UnfinishedBytes(const std::string& hash) const;
  Result<std::unique_ptr<BlobLock>> Lock(const RemoteFile& file, const CancelToken& cancel);
  std::string LeftoverOf(const std::string& hash, bool locked) const;
  Result<bool> IsThere(const RemoteFile& file) const;
  Status PlaceAll(const std::vector<const RemoteFile*>& files) const;
  Status PutOnShelf(const std::vector<Whole>& batch) const;
  Error WrongBytes(const RemoteFile& file) const;
  Result<net::Response> SendHashing(const net::Request& request,
                                    const std::shared_ptr<PartialBlob>& blob,
                                    const CancelToken& cancel);
  Status Receive(const RemoteFile& file, const std::shared_ptr<PartialBlob>& blob,
                 const CancelToken& cancel);

  Api& api_;
  const BlobShelf shelf_;
  const RepoId repo_;
  const std::string commit_;
  const Place place_;
  std::mutex mutex_;
  std::map<std::string, std::string> leftovers_;  // by hash
  std::vector<Whole> whole_;
  size_t held_ = 0;              // locks of these
  std::atomic<int> waiting_{0};  // for other programs
  int64_t files_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tideway::hub
