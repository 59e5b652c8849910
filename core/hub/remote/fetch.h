// Files of the Hub in the cache: one, or all of a commit. What is there already is not asked for.
//
//   ARROW_ASSIGN_OR_RAISE(const FetchedSnapshot snapshot, FetchSnapshot(api, {.repo = repo},
//   cancel));
//   ... snapshot.folder + "/data/train-00000-of-00001.parquet" ...
//
// Every byte is checked against the hash that the Hub lists (of a server whose ETags are no hashes,
// only the size); what breaks off, in this process or
// in one that was killed, goes on where it stopped. A commit's folder is given only when all that
// was asked of it is there. Where the Hub cannot be reached, what the cache has is given with a
// warning, after two tries at most (one file also where the repository may not be seen any more);
// offline, without asking. A file that a commit is known not to
// have, which the cache notes as Python's does, is not asked for again.
//
// Threads: any; blocks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/hub/remote/api.h"

namespace tideway::hub {

struct FileRequest {
  RepoId repo;
  std::string path;
  std::string revision = "main";
};
// Gives the path of the file in the cache.
Result<std::string> FetchFile(Api& api, const FileRequest& request, const CancelToken& cancel);

struct SnapshotRequest {
  RepoId repo;
  std::string revision = "main";
  // Patterns as of the shell, in which `*` stands for `/` too; empty: all files, and none left out.
  std::vector<std::string> include = {};
  std::vector<std::string> exclude = {};
  // Where the files are to stand, as they are, instead of in the cache (local_folder.h). Empty: in
  // the cache.
  std::string local_folder = {};
  bool dry_run = false;  // tells what would be fetched, and writes nothing
  // Files that are not to be fetched, but are listed all the same; empty: none.
  std::function<bool(const RemoteFile& file)> leave = {};
};
struct FetchedSnapshot {
  std::string folder;
  std::string commit;
  std::vector<RemoteFile> files = {};  // those asked for
  int64_t fetched_files = 0;
  int64_t fetched_bytes = 0;  // their sizes
};
Result<FetchedSnapshot> FetchSnapshot(Api& api, const SnapshotRequest& request,
                                      const CancelToken& cancel);

}  // namespace tideway::hub
