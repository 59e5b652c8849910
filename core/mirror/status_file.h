// `_status.json`: what a mirror holds, for people and their tools.
//
//   {"format": 1,
//    "updated": "2026-05-01T03:00:00Z",
//    "datasets": {"bigcode/the-stack": {"commit": "...", "state": "downloading", "files": 120,
//    ...}}, "sha256": "..."}
//
// `sha256` is that of the text without it (as written with `"sha256": ""`), so that a file that was
// cut, mixed or edited by hand is not believed. It is a report: what is really there, the folders
// of the datasets know (hub/remote/local_folder.h), and a lost file is made again.
//
// Each change is made under a lease, so that processes of many machines change it in turn, and
// published by rename. Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/hub/remote/patience.h"
#include "core/mirror/lease.h"

namespace tideway::mirror {

struct DatasetStatus {
  std::string commit = {};
  // "downloading", "downloaded", "verified", "wrong" (of the last verification), "failed".
  std::string state = {};
  int64_t files = 0;  // of the commit
  int64_t bytes = 0;
  int64_t files_there = 0;
  int64_t bytes_there = 0;
  // Seconds since 1970: what was noted of files before does not count.
  double since = 0;
  std::string error = {};  // of "failed"
  bool operator==(const DatasetStatus&) const = default;
};
using Datasets = std::map<std::string, DatasetStatus>;  // by name

class StatusFile {
 public:
  // `leases`: outlives it.
  StatusFile(std::string path, Leases& leases, const Clock& clock, hub::Patience patience)
      : path_(std::move(path)), leases_(leases), clock_(clock), patience_(std::move(patience)) {}

  // Empty where there is no file. Errors: data, for one that is not whole; io.
  Result<Datasets> Read() const;
  // Calls `change` with what the file says, or with nothing where it is lost or broken (which is
  // then kept beside it), and writes it as it is then. Waits until no other changes it, and begins
  // anew where it stood still for so long that another may have. Errors: those of `change`;
  // interrupted, io, disk_full.
  Status Change(const std::function<Status(Datasets&)>& change, const CancelToken& cancel);
  // The same, but false when another changes it just now.
  Result<bool> TryChange(const std::function<Status(Datasets&)>& change);

 private:
  // False where the lease was lost before the file was written.
  Result<bool> ChangeUnder(Lease& lease, const std::function<Status(Datasets&)>& change) const;
  Result<Datasets> ReadOrPutAside() const;

  const std::string path_;
  Leases& leases_;
  const Clock& clock_;
  const hub::Patience patience_;
};

}  // namespace tideway::mirror
