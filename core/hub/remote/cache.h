// The cache of downloads that all clients of the Hub share, in the layout of Python's
// huggingface_hub:
//
//   <cache>/datasets--ns--name/
//     blobs/<hash>                  contents, by the hash that the Hub names them by
//     snapshots/<commit>/<path>     links to them
//     refs/<revision>               the commit that a branch or tag meant last
//     .no_exist/<commit>/<path>     known not to be in that commit
//     trees/<commit>.json           all files of a commit
//
// Beside them, `.locks/datasets--ns--name/<hash>.lock`: who holds one is fetching that content
// (blob_lock.h). What is here is right without them.
//
// Files appear whole, under their names, by rename or link. Threads: any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/hub/remote/api.h"

namespace tideway::hub {

// Where contents are, by their hashes.
struct BlobShelf {
  std::string folder;
  std::string locks = {};  // the folder of their lock files; empty: there are none
  // Nobody else has it: what is unfinished there is gone on with, whoever left it.
  bool own = false;
  std::string blob(const std::string& hash) const { return folder + "/" + hash; }
};

// Tells backup programs that the folder is a cache.
Status TagAsCache(const std::string& folder);

class Cache {
 public:
  Cache(std::string root, const RepoId& repo, bool symlinks);

  // Makes the folders, and tells backup programs that this is a cache.
  Status Prepare() const;

  std::string blob(const std::string& hash) const { return folder_ + "/blobs/" + hash; }
  std::string blobs() const { return folder_ + "/blobs"; }
  BlobShelf shelf() const { return {blobs(), locks_}; }
  std::string snapshot(const std::string& commit) const { return folder_ + "/snapshots/" + commit; }
  const std::string& folder() const { return folder_; }

  // The commit that `revision` meant last: itself where it is one.
  std::optional<std::string> CommitOf(const std::string& revision) const;
  Status WriteRef(const std::string& revision, const std::string& commit) const;
  // The file, through all links, where it is there.
  std::optional<std::string> Find(const std::string& commit, const std::string& path) const;
  // Makes the blob appear as that file; as a copy where links are switched off or impossible.
  Status Link(const std::string& commit, const std::string& path, const std::string& hash) const;

  bool KnownMissing(const std::string& commit, const std::string& path) const;
  void MarkMissing(const std::string& commit, const std::string& path) const;

  // The files of a commit that are there, whether or not they are all.
  std::vector<RemoteFile> FilesOf(const std::string& commit) const;
  // The files of a commit, where they are known.
  std::optional<std::vector<RemoteFile>> ReadTree(const std::string& commit) const;
  Status WriteTree(const std::string& commit, const std::vector<RemoteFile>& files) const;

 private:
  Status PutCopy(const std::string& blob, const std::string& path) const;

  const std::string root_;
  const std::string folder_;
  const std::string locks_;
  const bool symlinks_;
};

}  // namespace tideway::hub
