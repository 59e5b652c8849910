// What is in the cache that all clients of the Hub share (cache.h): to list, to check, to clean.
//
// Only files below the cache's own folders are looked at and removed. What the shared blob store of
// other clients holds (<cache>/blobs) is left alone. Threads: any; blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/hub/remote/repo_id.h"
#include "core/hub/remote/transfer.h"

namespace tideway::hub {

struct CachedRevision {
  std::string commit;
  std::vector<std::string> refs = {};  // that mean it: "main"
  int64_t files = 0;
  int64_t bytes = 0;                 // of its files, which other revisions may share
  std::set<std::string> blobs = {};  // that it links to
};

struct CachedRepo {
  RepoId repo;
  std::string folder;
  std::string locks;  // the folder of its lock files
  int64_t bytes = 0;  // on disk, of all its blobs
  std::vector<CachedRevision> revisions = {};
};

// By name. A cache that is not there yet is empty.
Result<std::vector<CachedRepo>> ScanCache(const std::string& root);

struct CachedItem {
  std::string path;
  int64_t bytes = 0;
  std::string why = {};  // it is named: "incomplete", "no revision has it", "broken"
};

struct CacheCheck {
  int64_t blobs = 0;  // that were read
  int64_t bytes = 0;
  std::vector<CachedItem> broken = {};
};
// Reads all blobs that are named by a hash; with `remove`, those that have another one go, so that
// the next fetch brings them again. Asks nobody.
Result<CacheCheck> CheckCache(const std::vector<CachedRepo>& repos, bool remove,
                              const CancelToken& cancel, Transfer& transfer);

struct CacheCleaned {
  std::vector<CachedItem> items = {};
  int64_t bytes = 0;
  int64_t busy = 0;  // contents that another program is at work with; they stay
};
// What nothing needs: blobs that no revision links to and that were not touched for an hour, and
// parts of downloads that nobody has gone on with for a day. Errors: io, of a folder that cannot be
// read.
Result<CacheCleaned> CleanCache(const std::vector<CachedRepo>& repos, bool dry_run);
// All of a repository.
Result<CacheCleaned> RemoveCached(const CachedRepo& repo, bool dry_run);
// A revision, and the blobs that no other links to.
Result<CacheCleaned> RemoveCached(const CachedRepo& repo, const CachedRevision& revision,
                                  bool dry_run);

}  // namespace tideway::hub
