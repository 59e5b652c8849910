// Fetches contents into the cache, each under a name of its own, checked; and then gives them their
// right names at once.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/hub/remote/cache.h"
#include "core/hub/remote/partial_blob.h"

namespace tideway::hub {

class BlobFetch {
 public:
  BlobFetch(Api& api, const Cache& cache, RepoId repo, std::string commit);
  ~BlobFetch();
  BlobFetch(const BlobFetch&) = delete;

  // What processes that are gone left unfinished is gone on with.
  void FindLeftovers();
  // Fetches the content of `file`, unless another of this process has done so meanwhile; a second
  // call for the same content does nothing. Any thread.
  Status Fetch(const RemoteFile& file, const CancelToken& cancel);
  // Makes all that was fetched durable, and part of the cache.
  Status Publish();
  int64_t files() const { return files_; }
  int64_t bytes() const { return bytes_; }

 private:
  Error WrongBytes(const RemoteFile& file) const;
  Result<net::Response> SendHashing(const net::Request& request,
                                    const std::shared_ptr<PartialBlob>& blob,
                                    const CancelToken& cancel);
  Status Receive(const RemoteFile& file, const std::shared_ptr<PartialBlob>& blob,
                 const CancelToken& cancel);

  Api& api_;
  const Cache& cache_;
  const RepoId repo_;
  const std::string commit_;
  std::mutex mutex_;
  std::map<std::string, std::string> leftovers_;  // by hash
  std::map<std::string, std::string> fetched_;    // path by hash; empty while it is under way
  int64_t files_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tideway::hub
