// The checks of `tideway doctor`: a file <name>_check.cc each, and a line in checkup.cc.
//
//   for (const Diagnosis& one : Examine(Checks(), options)) ...
//
// A check looks and changes nothing that stays. Threads: each check runs on one of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/error.h"

namespace tideway::app {

struct DoctorOptions {
  double timeout_s = 10;  // for all checks together, which run side by side
  int64_t reserve_bytes = 100'000'000'000;
  std::string dataset = {};  // "ns/name" that the token must be able to read; empty: none
  // Where control groups and processes are told of.
  std::string cgroups = "/sys/fs/cgroup";
  std::string proc = "/proc";
};

// What one check found: a fact when it is well, else the failure with its remedy.
using Finding = Result<std::string>;

struct Check {
  const char* name;
  // `cancel`: set when its time is over.
  Finding (*run)(const DoctorOptions& options, const CancelToken& cancel);
};

Finding CheckConfig(const DoctorOptions& options, const CancelToken& cancel);
Finding CheckNetwork(const DoctorOptions& options, const CancelToken& cancel);
Finding CheckMemory(const DoctorOptions& options, const CancelToken& cancel);
Finding CheckCache(const DoctorOptions& options, const CancelToken& cancel);
Finding CheckDisk(const DoctorOptions& options, const CancelToken& cancel);
Finding CheckToken(const DoctorOptions& options, const CancelToken& cancel);
std::vector<Check> Checks();

struct Diagnosis {
  std::string name;
  Finding finding;
  bool hangs = false;  // its thread has not come back
};

// Runs the checks side by side, and waits no longer than the time-out and a moment. What has not
// come back by then is a finding of kind timeout.
std::vector<Diagnosis> Examine(const std::vector<Check>& checks, const DoctorOptions& options);

// The nearest folder to `path` that is there: itself, or one that it would be made in.
Result<std::string> NearestFolder(const std::string& path);

}  // namespace tideway::app
