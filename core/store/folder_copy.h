// Whole folders of objects, to this machine and from it.
//
//   ARROW_ASSIGN_OR_RAISE(const Copied copied, Download(*store, "reviews/", "out", {}, cancel));
//   RETURN_NOT_OK(copied.status());
//
// Many are under way at once, in memory that does not grow with their number but for the names of
// one page, or of one folder. Each file and each object appears whole or not at all; what is there
// already with the same content (same_content.h) is left. One that fails is told and the rest goes
// on, unless all others would fail too. Threads: any; they block.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace tideway::store {

// A file of this machine, and the object that it became or came from.
struct CopiedFile {
  std::string key;
  std::string path;
  int64_t size = 0;
  bool copied = false;  // else both had the same content
};

struct FolderCopyOptions {
  size_t concurrency = 64;  // objects at once; large ones are fewer, with several parts each
  bool always = false;      // also what is there with the same content
  bool dry_run = false;     // tell what would be copied, and copy nothing
  int page_objects = 1000;  // of one page of a listing
  PutOptions put = {};      // of each object that is put
  // Called after each, from any of the threads.
  std::function<void(const CopiedFile& file)> each = {};
};

struct Copied {
  struct Failure {
    std::string key;
    Status error;
  };
  static constexpr size_t kMostFailures = 100;  // kept; all are counted

  int64_t objects = 0;
  int64_t bytes = 0;
  int64_t skipped = 0;  // same content
  int64_t failed = 0;
  std::vector<Failure> failures = {};

  // OK, or the first failure, with how many there are.
  Status status() const;
};

// "a" and "a/" as a prefix of keys: "a/"; nothing stays so.
inline std::string FolderPrefix(const std::string& name) {
  return name.empty() || name.ends_with('/') ? name : name + "/";
}

// Whether "a/b" stays below a folder as a path. Errors: data, with what of it does not.
Status CheckBelow(const std::string& path);

// Fetches the objects below `prefix` into `folder`, which is made: "a/b.csv" of the prefix "a" or
// "a/" becomes "b.csv". Marks of folders (keys that end with "/", without bytes) are passed over.
// Errors: those of List; disk_full, auth, interrupted, and network where no object arrives any
// more. A key that is no path below the folder is a failure of kind data.
Result<Copied> Download(Store& store, const std::string& prefix, const std::string& folder,
                        const FolderCopyOptions& options, const CancelToken& cancel);
// Puts the files below `folder` as objects below `prefix`. Links to files are files, links to
// folders are passed over, as what other processes are just writing (".tideway-tmp") is.
Result<Copied> Upload(Store& store, const std::string& folder, const std::string& prefix,
                      const FolderCopyOptions& options, const CancelToken& cancel);

}  // namespace tideway::store
