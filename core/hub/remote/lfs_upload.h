// Large files on their way to the Hub, by Git LFS: a batch call tells where the bytes go, in one
// piece or in parts, and what the server holds already is not sent again.
//
//   LfsUpload upload(api, repo, "main", cancel);
//   RETURN_NOT_OK(upload.Send(files));            // the server holds them all: commit them
//
// Several files go at once, and several parts of each; their bytes are read as they are sent, and
// compared with their hash meanwhile. An address that has expired is asked for once more. Parts
// that arrived before a process was killed are not sent again by the next (started_upload.h), where
// their ETag is the MD5 of their bytes, as S3's is. The token goes to the Hub, never to its
// storage.
//
// Threads: one at a time; blocks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/hub/remote/api.h"
#include "core/hub/remote/lfs_answer.h"
#include "core/hub/remote/started_upload.h"
#include "core/hub/remote/upload_file.h"

namespace tideway::hub {

class LfsUpload {
 public:
  // `branch`: that will be committed to; empty for a pull request.
  LfsUpload(Api& api, RepoId repo, std::string branch, const CancelToken& cancel);

  // Call once. Errors: conflict, for a file that changes meanwhile; data and network, for a server
  // that breaks the protocol or refuses a file; those of the client.
  Status Send(const std::vector<UploadFile>& files);

 private:
  Result<LfsAddresses> Ask(const std::vector<UploadFile>& files) const;
  Status SendFile(const UploadFile& file, LfsUploadAddress address);
  // Why the storage refuses the address; nothing: it does not.
  using Refusal = std::optional<Status>;
  Result<Refusal> SendOnce(const UploadFile& file, const LfsUploadAddress& address);
  Result<Refusal> SendWhole(const UploadFile& file, const LfsUploadAddress& address);
  Result<Refusal> SendParts(const UploadFile& file, StartedUpload& started);
  Result<Refusal> Complete(const UploadFile& file, const StartedUpload& started) const;
  Status Verify(const UploadFile& file, const LfsUploadAddress& address) const;
  using Arrived = std::function<void(size_t index, const net::Response&)>;
  // Sends slices of `bytes`, each with its request.
  Result<Refusal> SendBytes(const std::vector<net::Request>& requests, const FileBytes& bytes,
                            const Arrived& arrived);
  net::Request ToStorage(const std::string& method, const std::string& url,
                         const net::Headers& headers) const;

  Api& api_;
  const RepoId repo_;
  const std::string branch_;
  CancelToken stop_;  // also when another file has failed
};

}  // namespace tideway::hub
