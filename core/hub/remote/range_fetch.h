// Parts of one file of a commit, for who does not need all of it.
//
//   RangeFetch parts(api, repo, commit, file);
//   ARROW_ASSIGN_OR_RAISE(const bool came, parts.Fetch({0, 4096}, fd, cancel));
//
// The address of the bytes is asked for once, and again when it has expired. What breaks off goes
// on where it stopped. Size and hash are checked against the listing before the first byte; the
// bytes themselves cannot be, for there is no hash of a part.
//
// Threads: any.
#pragma once

#include <mutex>
#include <string>

#include "core/base/byte_ranges.h"
#include "core/hub/remote/api.h"

namespace tideway::hub {

class RangeFetch {
 public:
  // `api` must outlive it.
  RangeFetch(Api& api, RepoId repo, std::string commit, RemoteFile file);

  // Writes these bytes of the file to `fd`, each at its place; blocks. False where the server gives
  // no parts. Errors: those of the Hub; data when the file is another than the listing says.
  Result<bool> Fetch(ByteRange range, int fd, const CancelToken& cancel);

 private:
  Result<net::Request> RequestFor(bool anew, const CancelToken& cancel);
  Status Resolve(const CancelToken& cancel);

  Api& api_;
  const RepoId repo_;
  const std::string commit_;
  const RemoteFile file_;
  std::mutex mutex_;
  Resolved resolved_;  // without an address: it is to be asked for
};

}  // namespace tideway::hub
