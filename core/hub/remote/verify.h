// Files of a repository on this machine, compared with what the Hub lists. Threads: any; blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/hub/remote/fetch.h"

namespace tideway::hub {

struct WrongFile {
  std::string path;
  std::string what;  // "missing", "5 bytes instead of 7", "other bytes than the hash says"
};

struct Verified {
  std::string folder;
  std::string commit;
  int64_t files = 0;
  int64_t bytes = 0;
  std::vector<WrongFile> wrong = {};  // by path
};

// Reads all files that the request is about, in the cache or in request.local_folder, and compares
// each with the commit's list. Offline, with the list that the last fetch noted. Errors: as of
// FetchSnapshot.
Result<Verified> VerifySnapshot(Api& api, const SnapshotRequest& request,
                                const CancelToken& cancel);

}  // namespace tideway::hub
