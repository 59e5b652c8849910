// What a download holds, of one language: `<Language>_manifest.jsonl`, a line for each blob.
//
//   {"blob_id": "3f78...", ..., "state": "fetched", "file": "raw/Python/3f/3f78....py",
//    "sha256": "...", "size": 220, "encoding": "utf-8", "swhid": "swh:1:cnt:...", ...}
//
// The file is only added to, in the order of the rows but for those that come very late, and synced
// every `batch` lines: what a killed process did not get to note is fetched again. A last line that
// was cut off does not count. While one process adds to it no other does. Threads: Claim from one;
// Add from any.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "core/swh/row.h"

namespace tideway::swh {

struct ManifestOptions {
  std::string to;        // the folder of the download; made where it is not there
  std::string language;  // of one
  size_t batch = 100;    // lines
  // Whether what is noted is to be tried again.
  std::function<bool(const std::string& state)> again = {};
};

std::string ManifestPath(const std::string& to, const std::string& language);
// Calls `visit` with each line and returns the bytes of them all: 0 where there is no file. Errors:
// those of `visit`; data, with the line; io.
Result<int64_t> ReadManifest(const std::string& path,
                             const std::function<Status(const Row&)>& visit);

class Manifest {
 public:
  // Reads what there is. Lines whose file is gone or of another size, and those to be tried again,
  // go. About 60 bytes of memory for each blob. Errors: conflict, where another process adds to it;
  // data, io, disk_full.
  static Result<std::unique_ptr<Manifest>> Open(const ManifestOptions& options);
  ~Manifest();
  Manifest(const Manifest&) = delete;

  const std::string& path() const { return path_; }
  // Whether whoever added before did not Finish: what it was writing may lie about.
  bool was_interrupted() const { return was_interrupted_; }
  // Whether the blob is new, now noted or about to be. REQUIRES: 40 hex digits.
  bool Claim(const std::string& blob_id);
  // Notes the `number`th claimed blob, from 0, once all before it are, or two batches wait.
  Status Add(int64_t number, std::string line);
  // Writes what waits, also after a number that never came. Nothing is added afterwards.
  Status Finish();
  // Takes out the lines that `goes` wants to go, whole or not at all. Before any Add.
  Status Remove(const std::function<Result<bool>(const Row&)>& goes);

 private:
  using Digest = std::array<char, 20>;
  struct HashOfDigest {
    size_t operator()(const Digest& digest) const;
  };
  explicit Manifest(const ManifestOptions& options);
  Status Lock();
  // After the first `size` bytes: what follows is no line.
  Status OpenForAdding(int64_t size);
  Status Write();
  static Digest DigestOf(const std::string& blob_id);

  const ManifestOptions options_;
  const std::string path_;
  int lock_ = -1;  // its file has a byte while somebody adds
  bool was_interrupted_ = false;
  int fd_ = -1;
  int64_t size_ = 0;  // of what is written whole
  std::unordered_set<Digest, HashOfDigest> blobs_;
  std::mutex mutex_;
  int64_t next_ = 0;
  std::map<int64_t, std::string> early_;  // lines whose turn has not come
  std::string waiting_;
  size_t waiting_lines_ = 0;
};

}  // namespace tideway::swh
