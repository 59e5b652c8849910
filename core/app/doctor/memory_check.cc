#include <fmt/format.h>

#include "core/app/doctor/checkup.h"
#include "core/base/memory.h"
#include "core/base/memory_limit.h"

namespace tideway::app {
namespace {

// With less a run cannot begin: `--memory` of `tideway run` is 512 MiB where nothing else is said.
constexpr int64_t kLeastFreeBytes = int64_t{512} << 20;
// Of the time, above which processes wait more than they work.
constexpr double kMostPressure = 50;

}  // namespace

Finding CheckMemory(const DoctorOptions& options, const CancelToken&) {
  ARROW_ASSIGN_OR_RAISE(const MemoryLimit memory, MemoryLimit::Read(options.cgroups, options.proc));
  std::string found = fmt::format("{} ({}), {} in use", FormatBytes(memory.limit_bytes),
                                  memory.source, FormatBytes(memory.used_bytes));
  const double pressure = memory.pressure_some_avg10.value_or(0);
  if (memory.pressure_some_avg10) found += fmt::format(", pressure {:.1f} %", pressure);
  if (memory.limit_bytes - memory.used_bytes < kLeastFreeBytes) {
    return Error(ErrorKind::kMemory, fmt::format("doctor: less than {} are free: {}",
                                                 FormatBytes(kLeastFreeBytes), found))
        .Hint("ask for more memory, or end what holds it");
  }
  if (pressure > kMostPressure) {
    return Error(ErrorKind::kMemory,
                 fmt::format("doctor: more than {:.0f} % of the time processes wait for memory: {}",
                             kMostPressure, found))
        .Hint("ask for more memory, or end what holds it");
  }
  return found;
}

}  // namespace tideway::app
