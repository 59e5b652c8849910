// Copies of Hub datasets on a disk that many machines share: terabytes, fetched by as many
// processes as there are, over days, restarts and full disks.
//
//   <root>/<namespace>/<name>/     the files of a commit, as they are (hub/remote/local_folder.h)
//   <root>/_status.json            what is there (status_file.h)
//   <root>/_locks/                 who is at work on what (lease.h)
//   <root>/_extra/                 what a repair found that is no file of the commit
//
// All processes that are given the same root and datasets share the work, portion by portion, and
// go on where others stopped. A commit that was begun is finished before the next one. Each byte is
// hashed as it comes; a file gets its name when it is whole, and on the disk.
//
// Grepable lines of the log: "COMPLETED <dataset>: ..." for each that is all there, "VERIFIED
// <dataset>: ..." for each that was read again and is right, "WRONG <dataset>: <path>: ..." for
// each file that is not what it should be, "PAUSED: ..." while the disk is full, "ERROR <dataset>:
// ..." for each that failed, "SUCCESS: ..." at the end if none did.
//
// Threads: blocks; several at once are as several processes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/hub/remote/api.h"
#include "core/hub/remote/patience.h"
#include "core/mirror/memory_guard.h"
#include "core/mirror/room.h"

namespace tideway::mirror {

struct MirrorRequest {
  std::string root;                        // made where it is not there
  std::vector<std::string> datasets = {};  // "ns/name", or "ns/name@revision"
  std::vector<std::string> allow = {};     // allow_list.h
  // Patterns as of the shell, of paths in each dataset; empty: all files.
  std::vector<std::string> include = {};
  std::vector<std::string> exclude = {};

  // What to do with each, in this order.
  bool download = true;
  bool verify = true;    // reads every byte on the disk again, once for each commit
  bool repair = true;    // fetches what a verification found wrong, and only that
  bool cleanup = false;  // removes what the dead left, files the commit does not have, and _extra
  // What was noted before does not count: every byte is read and compared, and fetched where it is
  // not right.
  bool force = false;

  int64_t reserve = int64_t{100} * 1000 * 1000 * 1000;  // bytes of the disk that stay free
  double room_wait_s = 3600;                            // how long a full disk is waited for
  int64_t portion_bytes = int64_t{1} << 30;             // about: the files of one lease
  size_t at_once = 4;                                   // portions
  double lease_s = 60;
  int tries = 5;  // of a portion that the network broke off, with minutes between
  int rank = 0;   // which of
  int world = 1;  // so many processes this is: each begins elsewhere

  // An error of kind usage for what makes no sense.
  Status Validate() const;
};

// What it needs of the world; tests give their own.
struct MirrorHooks {
  const Clock& clock = SystemClock();
  hub::Patience patience = {.base_s = 30, .cap_s = 300};
  std::function<Result<int64_t>(const std::string& folder)> free_bytes = Room::FreeBytes;
  MemoryGuard::Look memory = [] { return MemoryLimit::Read(); };
};

struct DatasetReport {
  std::string id;
  std::string commit = {};
  std::string state = {};  // as of DatasetStatus
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t fetched_files = 0;  // by this process
  int64_t fetched_bytes = 0;
  std::vector<std::string> wrong = {};  // "data/a.parquet: 5 bytes instead of 7", before the repair
  Status error = Status::OK();          // why it failed
};

// Looks at names, allow-list, numbers and endpoint, and asks nobody. Errors: usage.
Status CheckRequest(const hub::Api& api, const MirrorRequest& request);

// Works through all datasets: one that fails does not keep the others from being mirrored. Errors:
// usage, and what concerns all of them (auth of the token, interrupted, a root that cannot be
// written).
Result<std::vector<DatasetReport>> Mirror(hub::Api& api, const MirrorRequest& request,
                                          const CancelToken& cancel, const MirrorHooks& hooks = {});

}  // namespace tideway::mirror
