// The files behind one source: found once, hashed once, and checked for change around each reading.
//
// Threads: all methods are safe from any thread.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/reuse/file_hashes.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

class SourceFiles {
 public:
  // `endings`: what files of this format are called, for paths that are folders: {".csv", ...}.
  // Without any, a folder stands for all files below it, at any depth, but for those whose name, or
  // a folder's on the way, starts with a dot. Links to folders are not followed.
  SourceFiles(std::string op, std::vector<std::string> patterns, std::vector<std::string> endings);

  // The paths, expanded and stamped at the first call. Errors: not_found when a pattern matches
  // nothing.
  Result<std::vector<std::string>> Paths() const;
  // How many there are; finds them like Paths().
  Result<size_t> Count() const;
  // SHA-256 of file `index`, computed at the first call unless the run remembers it; kind
  // interrupted when the run is cancelled or `stop` is set.
  Result<std::string> Hash(size_t index, RunContext& run, const CancelToken& stop) const;
  // For who has read and hashed the file anyway.
  void Remember(size_t index, const std::string& sha256, RunContext& run) const;
  // A hash of the hashes of all files in order: what a source's Identity() is made of.
  Result<std::string> Hashes(RunContext& run) const;
  // Whether Hashes() needs to read no file.
  Result<bool> KnowsHashes(RunContext& run) const;
  // Sees to it that it needs not, from the last file on: who reads the rows begins with the first,
  // and hashes what it reads. Stops with kind interrupted when `stop` is set.
  Status LearnHashes(RunContext& run, const CancelToken& stop) const;
  // An error of kind conflict when file `index` is no longer what it was when first seen.
  Status CheckUnchanged(size_t index) const;
  int64_t SizeOf(size_t index) const;
  std::string PathOf(size_t index) const;
  // The path below the folder that was given; else the path.
  std::string NameOf(size_t index) const;
  // The hash of file `index`, 64 hex digits, when it is known without looking at the file.
  std::optional<std::string> HashOf(size_t index) const;
  const std::vector<std::string>& patterns() const { return patterns_; }
  // "data/a.csv, data/b.csv": for the printed plan.
  std::string Describe() const;

 private:
  // Small, as there may be a million.
  struct File {
    std::string path;
    FileStamp stamp;
    uint32_t name_at = 0;              // where in `path` its name begins
    std::optional<Sha256Digest> hash;  // null while it is not known
  };
  Status Find() const;
  std::optional<std::string> KnownHash(size_t index, RunContext& run) const;
  Status AddPattern(const std::string& pattern) const;
  Status AddFile(const std::string& path) const;
  Status AddFolder(const std::string& path) const;
  Status AddTree(std::string path) const;

  const std::string op_;
  const std::vector<std::string> patterns_;
  const std::vector<std::string> endings_;
  mutable std::mutex mutex_;
  mutable std::vector<File> files_;
};

// One reading of one file: hashes it beside the reading, and at the end checks and records it.
class FileReading {
 public:
  // `files` and `run` must outlive the reading.
  FileReading(const SourceFiles& files, std::string path, size_t index, RunContext& run);
  // Stops the hashing when Finish was not called.
  ~FileReading();
  // To be called when the last row was read.
  Status Finish(int64_t rows);

 private:
  const SourceFiles& files_;
  const std::string path_;
  const size_t index_;
  RunContext& run_;
  CancelToken stop_;
  std::future<Result<std::string>> hash_;
};

}  // namespace tideway::dataset
