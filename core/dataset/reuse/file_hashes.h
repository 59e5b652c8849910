// The SHA-256 of files, remembered over runs: a file whose stamp is as it was is not read again to
// be hashed.
//
//   FileHashes hashes(".tideway/hashes.jsonl");
//   ARROW_ASSIGN_OR_RAISE(const FileStamp stamp, StampOf("data/a.parquet"));
//   if (const auto known = hashes.Find("data/a.parquet", stamp)) return *known;
//   ... hash it ...
//   hashes.Remember("data/a.parquet", stamp, sha256);
//
// The stamp holds the time of the last change of any kind (ctime), which no program can set: bytes
// cannot be changed behind it. Losing what is remembered costs time, never rows: a store that
// cannot be read or written is passed over, with a word in the log.
// Threads: any. Processes: several may share a store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/base/hash.h"

namespace tideway::dataset {

// What tells one state of a file from another.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;  // also by a rename or a new link, which leave the bytes
  bool operator==(const FileStamp&) const = default;
  // Whether the bytes are most likely the same, whatever became of name and rights.
  bool SameContent(const FileStamp& other) const;
};
// Errors: not_found, io, with the path; of a folder io.
Result<FileStamp> StampOf(const std::string& path);

// Whether a file that was changed at `stamp` might be changed again with no trace in its stamp: the
// clock of file systems ticks a hundred times a second.
bool IsFresh(const FileStamp& stamp);
// Waits, some milliseconds, until no stamp made so far IsFresh().
void WaitForNextTick();

class FileHashes {
 public:
  // `path`: where they are kept; made when first needed. Empty: in memory only.
  explicit FileHashes(std::string path) : path_(std::move(path)) {}
  ~FileHashes();
  FileHashes(const FileHashes&) = delete;

  // The hash of a file as it is now, computed where it is not remembered. Errors: not_found, io,
  // interrupted.
  Result<std::string> HashOf(const std::string& file, const CancelToken& cancel = {});

  // `sha256`: 64 hex digits; anything else is not remembered.
  std::optional<std::string> Find(const std::string& file, const FileStamp& stamp) const;
  void Remember(const std::string& file, const FileStamp& stamp, const std::string& sha256);

 private:
  // Small, as there may be a million: a path is held by its hash. Two files of one hash would not
  // have one stamp.
  struct Entry {
    FileStamp stamp;
    Sha256Digest sha256;
    bool operator==(const Entry&) const = default;
  };
  struct FirstWord {
    size_t operator()(const Hash128& hash) const noexcept { return hash[0]; }
  };
  using Entries = std::unordered_map<Hash128, Entry, FirstWord>;
  void Load() const;
  Status Append(const std::string& line);
  void Rewrite() const;

  const std::string path_;
  mutable std::mutex mutex_;
  mutable bool loaded_ = false;
  int fd_ = -1;              // once something was remembered
  mutable Entries entries_;  // by absolute path
};

}  // namespace tideway::dataset
