// Files as they are, published in one commit of a repository on the Hub: what `tideway hub put`
// does.
//
//   ARROW_ASSIGN_OR_RAISE(const auto files, FindPutFiles({"out/model"}, "model"));
//   ARROW_ASSIGN_OR_RAISE(const auto result, Put(repository, {.files = files}, cancel, transfer));
//
// Only files whose content the repository does not have are sent, and where there are none no
// commit is made. A commit of somebody else that comes first is built upon. Threads: any; blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/hub/hub.h"
#include "core/hub/remote/transfer.h"

namespace tideway::hub {

struct PutFile {
  std::string source;  // on this machine
  std::string path;    // in the repository
  int64_t size = 0;
};

// The files that `sources`, files and folders, stand for. A folder's go below `to` by their paths
// in it, without git's own (`.git`) and that of downloads (`.cache/huggingface`); a file has its
// name below `to`, or is called `to` where it is the only source and `to` does not end in `/`.
// Links to files are followed, links to folders are not. By path. Errors: not_found; usage, for a
// name that a repository cannot have, or one that two files would have.
Result<std::vector<PutFile>> FindPutFiles(const std::vector<std::string>& sources,
                                          const std::string& to);

struct PutRequest {
  std::vector<PutFile> files = {};
  // Files of the repository that match one of these patterns (path_patterns.h) and are not in
  // `files` go; but for `.gitattributes`.
  std::vector<std::string> remove = {};
  std::string message = {};  // empty: "Upload <the first path>" and how many others
  bool dry_run = false;      // tells what would change, and changes nothing
};

struct PutResult {
  bool changed = false;
  std::string commit = {};  // the new one, or the head as it is
  std::vector<PutFile> sent = {};
  std::vector<std::string> removed = {};
  int64_t unchanged = 0;  // files that were there just so
};

// `repository` must be on the Hub: others may move the files away. Errors: usage, where there is
// nothing to do; those of the repository.
Result<PutResult> Put(Repository& repository, const PutRequest& request, const CancelToken& cancel,
                      Transfer& transfer);

}  // namespace tideway::hub
