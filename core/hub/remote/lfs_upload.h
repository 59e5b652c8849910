// Large files on their way to the Hub, by Git LFS: a batch call tells where the bytes go, in one
// piece or in parts, and what the server holds already is not sent again.
//
//   LfsUpload upload(api, repo, "main", cancel);
//   RETURN_NOT_OK(upload.Send(files));            // the server holds them all: commit them
//
// Several files go at once, and several parts of each; their bytes are read as they are sent, and
// compared with their hash meanwhile. An address that has expired is asked for once more. The token
// goes to the Hub, never to its storage.
//
// Threads: one at a time; blocks.
#pragma once

#include <string>
#include <vector>

#include "core/hub/remote/api.h"
#include "core/hub/remote/lfs_answer.h"
#include "core/hub/remote/send_all.h"
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
  // False: the storage refuses the address.
  Result<bool> SendOnce(const UploadFile& file, const LfsUploadAddress& address);
  Result<bool> Complete(const UploadFile& file, const LfsUploadAddress& address,
                        const std::vector<net::Response>& parts) const;
  Status Verify(const UploadFile& file, const LfsUploadAddress& address) const;
  // Nothing: the storage refuses one of them.
  Result<std::optional<std::vector<net::Response>>> SendBytes(
      const std::vector<net::Request>& requests, const FileBytes& bytes);
  net::Request ToStorage(const std::string& method, const std::string& url,
                         const net::Headers& headers) const;
  Status Check() const;

  Api& api_;
  const RepoId repo_;
  const std::string branch_;
  const CancelToken& cancel_;
  CancelToken stop_;  // another file has failed
};

}  // namespace tideway::hub
