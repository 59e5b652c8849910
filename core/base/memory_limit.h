// How much memory this process may take before the system ends it: the tightest limit of its
// control group and those around it (version 1 or 2), else the machine's memory.
//
//   ARROW_ASSIGN_OR_RAISE(const MemoryLimit memory, MemoryLimit::Read());
//   if (memory.used_bytes > memory.limit_bytes / 10 * 9) ...
//
// A batch system or a container sets such a limit for all processes of a job together. Threads:
// any; reads a few small files each time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace tideway {

struct MemoryLimit {
  int64_t limit_bytes = 0;
  // By all that the limit is for; without the pages of files that the system can drop at once.
  int64_t used_bytes = 0;
  // In percent, the share of the last 10 s in which some process waited for memory; nothing where
  // the system does not tell (it is of the group only in version 2, else of the machine).
  std::optional<double> pressure_some_avg10 = {};
  std::string source = {};  // "cgroup v2 /job_7", "cgroup v1 /job_7", "RAM"

  // `root` and `proc`: where cgroups and processes are mounted. A group's files that are not there
  // or make no sense set no limit. Errors: io, not_found, data, where the machine's memory is not
  // told either.
  static Result<MemoryLimit> Read(const std::string& root = "/sys/fs/cgroup",
                                  const std::string& proc = "/proc");
};

}  // namespace tideway
