// The rows of a plan in a file that later runs read: what cache { keep = true } makes. A file is
// named after the fingerprint of its plan, so a plan that would give other rows finds none.
//
//   KeptRowsFolder folder(".tideway/rows");
//   ARROW_ASSIGN_OR_RAISE(auto rows, folder.Find(fingerprint, run));
//   if (!rows) ARROW_ASSIGN_OR_RAISE(rows, folder.Keep(plan, fingerprint, run));
//   ... rows->OpenStream() ...
//
// An Arrow IPC file, and beside it a record with its SHA-256 and what was read for it, which is
// written last: without a record there is no file. One that does not have that hash any more is
// made anew. Threads: any; who keeps the same rows at once writes them twice, one after another.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/leftovers.h"
#include "core/dataset/node.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

struct KeptRows {
  std::string path;
  int64_t rows = 0;

  // All batches in order, as views of the mapped file, which may be replaced or removed meanwhile.
  Result<std::unique_ptr<Stream>> OpenStream() const;
};

class KeptRowsFolder {
 public:
  explicit KeptRowsFolder(std::string path) : path_(std::move(path)) {}
  // What was kept, if anything. Its inputs are recorded as the run's.
  Result<std::optional<KeptRows>> Find(const std::string& fingerprint, RunContext& run) const;
  // Runs the plan into a file. Errors: those of the plan, io, disk_full.
  Result<KeptRows> Keep(const Node& plan, const std::string& fingerprint, RunContext& run) const;

 private:
  std::string FileOf(const std::string& fingerprint) const {
    return path_ + "/" + fingerprint + ".arrow";
  }
  std::string RecordOf(const std::string& fingerprint) const {
    return path_ + "/" + fingerprint + ".json";
  }

  const std::string path_;
};

// Removes what no run has used for `days`, and what has no record.
Removed RemoveOldRows(const std::string& folder, int days);

}  // namespace tideway::dataset
